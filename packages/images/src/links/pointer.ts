import { isStoreError, joinPath, parentOf, type Store } from '@tagflow/store';
import { ImagesError } from '../error.ts';
import { hashOfTarget, relativeTarget } from '../layout.ts';
import { cannotSwitch } from './switchable.ts';

/**
 * Returns the hash that a link names, as it is written there; null where there is no link.
 * @throws ImagesError `cannot-switch` where something else has the name
 */
export async function readPointer(store: Store, link: string): Promise<string | null> {
  try {
    const target = await store.readLink(link);
    return target === null ? null : hashOfTarget(target);
  } catch (error) {
    throw isStoreError(error, 'wrong-kind') ? cannotSwitch(store, link, error) : error;
  }
}

export interface PointerMove {
  readonly link: string;
  /** What the link has to say before; null for a link that does not exist. */
  readonly from: string | null;
  readonly to: string;
  /** The directory of `to`. */
  readonly directory: string;
  /** Called right before the write; rejects when it must not happen. */
  readonly before: () => Promise<void>;
}

/**
 * Moves a link in one step and returns whether it had to be moved. There is no compare-and-swap over SFTP: the link is
 * read right before and right after the write, and a lease keeps other promoters away.
 * @throws ImagesError `moved-meanwhile` when the link says something else than `from` and `to`, `not-published` when the
 *   directory does not exist, `not-taken` when the link reads back otherwise
 */
export async function movePointer(store: Store, move: PointerMove): Promise<boolean> {
  if (await isDone(store, move)) return false;
  if ((await store.stat(move.directory))?.kind !== 'directory') {
    throw new ImagesError(
      'not-published',
      `${joinPath(store.url, move.directory)} does not exist: nothing to link to`,
      { next: 'Publish the hash there first.' },
    );
  }
  await move.before();
  if (await isDone(store, move)) return false;
  await store.makeDirectory(parentOf(move.link));
  await store.link(move.link, relativeTarget(move.link, move.directory));
  const now = await readPointer(store, move.link);
  if (now === move.to) return true;
  throw new ImagesError(
    'not-taken',
    `${joinPath(store.url, move.link)} was set to ${move.to} and reads back as ${now ?? 'nothing'}`,
    { outcome: 'half-done' },
  );
}

/**
 * Removes a link that says `to`, and returns whether there was one.
 * @throws ImagesError `moved-meanwhile` when it says something else
 */
export async function removePointer(store: Store, move: Omit<PointerMove, 'from' | 'directory'>): Promise<boolean> {
  const isGone = async (): Promise<boolean> => {
    const now = await readPointer(store, move.link);
    if (now !== null && now !== move.to) throw movedMeanwhile(store, move.link, now, `${move.to} or nothing`);
    return now === null;
  };
  if (await isGone()) return false;
  await move.before();
  if (await isGone()) return false;
  await store.remove(move.link);
  if (await isGone()) return true;
  throw new ImagesError('not-taken', `${joinPath(store.url, move.link)} was removed and is still there`, {
    outcome: 'half-done',
  });
}

async function isDone(store: Store, move: PointerMove): Promise<boolean> {
  const now = await readPointer(store, move.link);
  if (now === move.to) return true;
  if (now === move.from) return false;
  throw movedMeanwhile(store, move.link, now, `${move.from ?? 'nothing'} or ${move.to}`);
}

function movedMeanwhile(store: Store, link: string, now: string | null, expected: string): ImagesError {
  return new ImagesError(
    'moved-meanwhile',
    `${joinPath(store.url, link)} names ${now ?? 'nothing'} by now, expected ${expected}`,
    { next: 'Somebody else moved it. Look at what the label names, then make a new plan.' },
  );
}
