import { fileURLToPath } from 'node:url';
import type { ActionContext } from '@tagflow/action-kit';
import {
  type Config,
  type ImageLayout,
  type ImageStoreConfig,
  type Phase,
  readLayout,
  resolveImageStore,
} from '@tagflow/config';
import { createLayout, type ImageDirectory, type Layout, resolveLabel } from '@tagflow/images';
import { type FullHash, messageOf, type Plan, TagflowError, type Visibility } from '@tagflow/model';
import { openStore, type Store } from '@tagflow/store';
import type { Given, Settings } from './settings.ts';

/** A store with its layout, before it is opened. */
export type PlaceSettings = Pick<ImageStoreConfig, 'url' | 'visibility' | 'hostKey'> &
  ImageLayout & {
    /** Its name in tagflow.yaml; null for one that an input gives by URL. */
    readonly name: string | null;
    readonly distro: string | undefined;
  };

/** Returns what is wrong with the inputs as an error. */
export function invalid(message: string, next?: string): TagflowError {
  return new TagflowError('bad-inputs', message, { outcome: 'invalid', ...(next === undefined ? {} : { next }) });
}

/** Returns the folder of this machine that a `file:` URL names. */
export function folderOf(url: string): string {
  if (!url.startsWith('file:')) throw invalid(`${url} is not a folder of this machine: give a file: URL`);
  return fileURLToPath(url);
}

/** An open store with its layout. */
export interface Place {
  readonly name: string | null;
  readonly store: Store;
  readonly layout: Layout;
  readonly visibility: Visibility;
}

/** Opens stores and closes them together. */
export interface Opener {
  /** @param hostKey fingerprint of the key that an sftp server has to show; null where only known_hosts tells */
  open(url: string, hostKey: string | null): Store;
  /** @throws TagflowError `bad-inputs` that names the input when the place is null */
  place(settings: PlaceSettings | null, input: 'source' | 'destination'): Place;
  close(): Promise<void>;
}

export function createOpener({ release, ssh }: Settings, context: ActionContext): Opener {
  const opened: Store[] = [];
  const open = (url: string, hostKey: string | null): Store => {
    const access = ssh === undefined || hostKey === null ? ssh : { ...ssh, fingerprint: hostKey };
    const store = openStore(url, { effects: context, ...(access === undefined ? {} : { ssh: access }) });
    opened.push(store);
    return store;
  };
  return {
    open,
    place: (settings, input) => {
      if (settings === null) throw invalid(`input "${input}" is missing: give it, or config and phase`);
      const { distro, ...place } = settings;
      const layout = createLayout({ ...place, release, ...(distro === undefined ? {} : { distro }) });
      return { name: place.name, store: open(place.url, place.hostKey), layout, visibility: place.visibility };
    },
    close: async () => {
      for (const store of opened) await store.close();
    },
  };
}

/** Returns the hash that the inputs name, directly or by a label's link. */
export async function hashIn({ store, layout }: Place, { hash, label }: Settings): Promise<FullHash> {
  if (hash !== null) return hash;
  if (label === null) throw invalid('input "full-hash" is missing: give it, or set, or plan, or label');
  const named = await resolveLabel(store, layout, label);
  if (named === null) {
    throw invalid(
      `label ${label} names nothing in ${store.url}`,
      'Give the full-hash, or look at layout and link-layout.',
    );
  }
  return named;
}

/** The layout of a store given by URL; a pin is the label whose hashes are in its folder. */
export function layoutOf(given: Given): ImageLayout {
  const layout = readLayout(given.layout, given['link-layout'], given.label);
  if (![layout.pathTemplate, ...layout.linkTemplates].some((template) => template.includes('{pin}'))) return layout;
  throw invalid(
    `input "layout": "${layout.pathTemplate}" needs a label for {pin}`,
    'Give label, or write the pin into layout.',
  );
}

interface StorePair {
  readonly from: ImageStoreConfig | null;
  readonly to: ImageStoreConfig | null;
  readonly others: readonly ImageStoreConfig[];
}

/** The stores that a phase has for a mode: none where it lacks the section. */
export function placesOf(config: Config, phase: Phase, given: Given, plan: Plan | null): readonly StorePair[] {
  const store = (name: string): ImageStoreConfig => resolveImageStore(config, name);
  if (plan !== null && followsWhole(given)) return stagingsOf(plan, { given, config, phase });
  switch (given.mode) {
    case 'fetch':
      return phase.fetch === null ? [] : [{ from: store(phase.fetch.from), to: null, others: [] }];
    case 'mirror':
      return phase.mirror.map(({ from, to }) => ({ from: store(from), to: store(to), others: [] }));
    case 'publish':
    case 'link':
    case 'verify':
    case 'prune':
      return phase.build.images === null ? [] : [{ from: null, to: store(phase.build.images.store), others: [] }];
  }
}

/**
 * Returns the stores of a phase that a plan moves links in (others may have been left out of it on purpose), or the one
 * that the inputs name, each with the other stores that the phase reads or writes.
 */
function stagingsOf(
  { moves }: Plan,
  { given, config, phase }: { readonly given: Given; readonly config: Config; readonly phase: Phase },
): readonly StorePair[] {
  const { promote, build, fetch } = phase;
  const promoted = promote?.images?.destinations ?? [];
  const known = new Set([...promoted, ...(build.images === null ? [] : [build.images.store])]);
  if (fetch !== null) known.add(fetch.from);
  const store = (name: string): ImageStoreConfig => resolveImageStore(config, name);
  if (given.destination !== undefined) return [{ from: null, to: null, others: [...known].map(store) }];
  return promoted
    .filter((name) => moves.some(({ destination }) => destination === `images ${name}`))
    .map((name) => ({ from: null, to: store(name), others: [...known].filter((other) => other !== name).map(store) }));
}

/** Whether a mode is about all images of a plan, in all stores that it promotes in. */
export function followsWhole({ mode }: Given): boolean {
  return mode === 'publish' || mode === 'verify';
}

/**
 * Returns where images of a plan may be: the source that was given, be it a folder of built files or a store, and then the
 * other stores of the phase.
 */
export function sourcesOf(
  { source, others }: Settings['pairs'][number],
  open: Opener,
  hash: FullHash,
  { log }: ActionContext,
): readonly ImageDirectory[] {
  const given = source === null ? [] : [open.place(source, 'source')];
  const known = others.flatMap((other) => {
    try {
      return [open.place(other, 'source')];
    } catch (error) {
      // It takes a key that this job may not have, and is needed only where an image is nowhere else.
      log.info(`image store ${other.name} is not asked for images: ${messageOf(error)}`);
      return [];
    }
  });
  return [
    ...given.map(({ store }) => ({ store, directory: '' })),
    ...[...given, ...known].map(({ store, layout }) => ({ store, directory: layout.directory(hash) })),
  ];
}
