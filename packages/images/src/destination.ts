import {
  type Destination,
  type Effects,
  type FullHash,
  type Move,
  parseFullHash,
  type Visibility,
} from '@tagflow/model';
import type { Store } from '@tagflow/store';
import type { ImageDirectory, ImagesEffects } from './effects.ts';
import { ImagesError } from './error.ts';
import { createLayout, type InnerLink, type Layout } from './layout.ts';
import { imagesLeaseKey } from './links/lease-key.ts';
import { movePointer, readPointer, removePointer } from './links/pointer.ts';
import { publishSet } from './publish/publish.ts';
import { readPublishedSet } from './read-set.ts';
import { verifySet } from './verify.ts';

/** Another store from which images that are missing may be copied. */
export interface ImageSource {
  readonly store: Store;
  readonly layout: Layout;
}

export interface ImageDestinationOptions {
  /** Unique within one promotion, such as `images rdo`. */
  readonly name: string;
  readonly store: Store;
  /** Over `{release}`, `{distro}` and `{hash}`, ending in `{hash}`. */
  readonly pathTemplate: string;
  /** Over `{release}`, `{distro}` and `{label}`: the links of a label. */
  readonly linkTemplates: readonly string[];
  /** Links that readers of the layout expect inside the directory of a hash. */
  readonly innerLinks?: readonly InnerLink[];
  readonly release: string;
  readonly distro?: string;
  readonly visibility: Visibility;
  /** Asked in this order for images that the store lacks. Default: none, the images have to be there. */
  readonly sources?: readonly ImageSource[];
  readonly effects: Pick<Effects, 'clock' | 'log'>;
}

/**
 * Returns an image store as a place that a promotion writes to. Its pointers are the links of a label (their paths
 * below the store's root), its values full hashes.
 *
 * `verify` compares sizes and the `.sha256` beside each image, and reads an image whole only where it has none. What
 * `stage` copied was read whole at the far end before it got its name; reading gigabytes again would prove no more.
 * For a proof of every byte there is {@link verifySet}.
 * @throws ImagesError `bad-layout`
 */
export function createImageDestination(options: ImageDestinationOptions): Destination {
  const { name, store, visibility, effects } = options;
  const layout = createLayout(options);
  const sources = options.sources ?? [];
  const placeOf = (hash: FullHash): ImageDirectory => ({
    store,
    directory: layout.directory(hash),
  });
  const withOptions = (given: Pick<ImagesEffects, 'signal' | 'progress'>): ImagesEffects => ({
    clock: effects.clock,
    log: effects.log,
    signal: given.signal,
    progress: given.progress,
  });

  return {
    name,
    kind: 'images',
    canUnset: true,
    leaseKey: (label) => imagesLeaseKey(store.url, layout, label),
    desired: (label, set) => layout.links(label).map((link) => ({ name: link, value: set.fullHash })),
    observe: async (pointers) => {
      const values = new Map<string, string | null>();
      for (const pointer of pointers) values.set(pointer, await readPointer(store, pointer));
      return values;
    },
    stage: async (set, given) => {
      const { bytesMoved, bytesSaved } = await publishSet(
        {
          store,
          directory: layout.directory(set.fullHash),
          set,
          visibility,
          innerLinks: layout.innerLinks,
          sources: sources.map((source) => ({ store: source.store, directory: source.layout.directory(set.fullHash) })),
        },
        withOptions(given),
      );
      return { bytesMoved, bytesSaved };
    },
    verify: (set, given) => verifySet(placeOf(set.fullHash), { set, visibility, proof: 'sums' }, withOptions(given)),
    flip: async (moves, { signal, before, after }) => {
      for (const move of moves) {
        signal.throwIfAborted();
        assertOwnLink(layout, move);
        const directory = layout.directory(parseFullHash(move.to));
        await movePointer(store, {
          link: move.pointer,
          from: move.from,
          to: move.to,
          directory,
          before: () => before(move),
        });
        after(move);
      }
    },
    unset: async (moves, { signal, before, after }) => {
      for (const move of moves) {
        signal.throwIfAborted();
        assertOwnLink(layout, move);
        await removePointer(store, { link: move.pointer, to: move.to, before: () => before(move) });
        after(move);
      }
    },
    readSet: (hash) => readPublishedSet(placeOf(hash), hash),
  };
}

function assertOwnLink(layout: Layout, move: Move): void {
  if (layout.links(move.label).includes(move.pointer)) return;
  throw new ImagesError('bad-layout', `"${move.pointer}" is not a link of label ${move.label} in ${move.destination}`, {
    next: 'The plan was made with another configuration: make a new one.',
  });
}
