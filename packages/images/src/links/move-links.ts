import { type FullHash, isFullHash, type Label } from '@tagflow/model';
import { joinPath, type Store } from '@tagflow/store';
import type { ImagesEffects } from '../effects.ts';
import type { Layout } from '../layout.ts';
import { movePointer, readPointer } from './pointer.ts';

/**
 * Makes the links of a label name a hash whose directory exists, whatever they named before. Returns the hash that
 * the first one named and whether one had to be moved.
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
  return { previous: previous != null && isFullHash(previous) ? previous : null, moved };
}
