import type { ArtifactSet, FullHash, Label, Visibility } from '@tagflow/model';
import { joinPath, type Store } from '@tagflow/store';
import type { ImagesEffects } from './effects.ts';
import { ImagesError } from './error.ts';
import type { Layout } from './layout.ts';
import { movePointer, readPointer } from './pointer.ts';
import { publishSet } from './publish.ts';
import { readPublishedSet } from './read-set.ts';
import { verifySet } from './verify.ts';

export interface MirrorOptions {
  readonly from: { readonly store: Store; readonly layout: Layout };
  readonly to: { readonly store: Store; readonly layout: Layout; readonly visibility: Visibility };
  readonly hash: FullHash;
  /** The label whose links are moved in the mirror when everything is there; null moves none. */
  readonly label: Label | null;
}

export interface MirrorReport {
  readonly set: ArtifactSet;
  readonly bytesMoved: number;
  readonly bytesSaved: number;
  /** What the first link named before; null for none, or when no link was asked for. */
  readonly previous: string | null;
  readonly changed: boolean;
}

/**
 * Brings a copy of an image store up to date with one hash: whole sets under their hash, read back, and the links last,
 * so that a reader of the mirror never sees the overcloud of one build beside the agent of another.
 * @throws ImagesError `not-published` when the source has no set of the hash
 */
export async function mirrorSet(
  { from, to, hash, label }: MirrorOptions,
  effects: ImagesEffects,
): Promise<MirrorReport> {
  const source = { store: from.store, directory: from.layout.directory(hash) };
  const set = await readPublishedSet(source, hash);
  if (set === null) {
    throw new ImagesError('not-published', `${joinPath(from.store.url, source.directory)} holds no set of ${hash}`);
  }
  const directory = to.layout.directory(hash);
  const { store, visibility } = to;
  const published = await publishSet({ store, directory, set, visibility, sources: [source] }, effects);
  const problems = await verifySet({ store, directory }, { set, visibility, proof: 'sums' }, effects);
  if (problems.length > 0) throw new ImagesError('not-taken', `the mirror is not whole: ${problems.join('; ')}`);
  const links =
    label === null ? { previous: null, moved: false } : await moveLinks(store, to.layout, label, hash, effects);
  return { ...published, previous: links.previous, changed: published.changed || links.moved };
}

/**
 * Makes the links of a label name a hash whose directory exists, whatever they named before. Returns what the first one
 * named and whether one had to be moved.
 * @throws ImagesError `not-published`
 */
export async function moveLinks(
  store: Store,
  layout: Layout,
  label: Label,
  hash: FullHash,
  { log, signal }: Pick<ImagesEffects, 'log' | 'signal'>,
): Promise<{ readonly previous: string | null; readonly moved: boolean }> {
  const directory = layout.directory(hash);
  let previous: string | null | undefined;
  let moved = false;
  for (const link of layout.links(label)) {
    signal.throwIfAborted();
    const from = await readPointer(store, link);
    previous ??= from;
    const didMove = await movePointer(store, { link, from, to: hash, directory, before: () => Promise.resolve() });
    if (didMove) log.info(`${joinPath(store.url, link)}: ${from ?? 'nothing'} -> ${hash}`);
    moved ||= didMove;
  }
  return { previous: previous ?? null, moved };
}
