import type { Clock } from '@tagflow/model';
import { type Entry, isStoreError, joinPath } from '@tagflow/store';
import { lifeOf } from '../cache/owner.ts';
import type { ImageDirectory } from '../effects.ts';
import { ImagesError } from '../error.ts';
import type { WantedImage } from '../fetch/local-file.ts';

/** A part that its run gave up by itself. */
const left = 'left';
/** A part of another machine that nobody has written to for so long is left. Milliseconds. */
const quietMs = 10 * 60 * 1000;

/** Returns the hidden name under which an image grows where a lock says whose it is: files of other bytes never share it. */
export function partName(image: WantedImage): string {
  return `${prefixOf(image)}part`;
}

/** A part file of one's own. */
export interface TakenPart {
  readonly path: string;
  /** Lets others continue it, as far as it can be told. Never rejects. */
  leave(): Promise<void>;
}

/**
 * Returns a part for an image in a directory of a server, where there are no locks: its name tells which process writes
 * it, so that no other one does. What an ended run left is taken over, by a rename that only one can make.
 * @param entries of the directory, as they were a moment ago
 * @param owner of the run, from newOwnerId: what it has begun before is its own still
 */
export async function takePart(
  { store, directory }: ImageDirectory,
  entries: readonly Entry[],
  image: WantedImage,
  { owner, clock }: { readonly owner: string; readonly clock: Pick<Clock, 'now'> },
): Promise<TakenPart> {
  const prefix = prefixOf(image);
  const own = `${prefix}${owner}.part`;
  const path = joinPath(directory, own);
  const leave = async (): Promise<void> => {
    await store.rename(path, joinPath(directory, `${prefix}${left}.part`)).catch(() => undefined);
  };
  if (entries.some(({ name }) => name === own)) return { path, leave };
  const parts = entries.filter(
    ({ name, kind }) => kind === 'file' && name.startsWith(prefix) && name.endsWith('.part'),
  );
  for (const part of parts.sort((a, b) => (b.size ?? 0) - (a.size ?? 0))) {
    if (!isLeft(part.name.slice(prefix.length, -'.part'.length), part.modified, clock.now())) continue;
    try {
      await store.rename(joinPath(directory, part.name), path);
      break;
    } catch (error) {
      if (!isStoreError(error, 'not-found')) throw error;
    }
  }
  return { path, leave };
}

function isLeft(owner: string, modified: number | null, now: number): boolean {
  if (owner === left) return true;
  const life = lifeOf(owner);
  return life === 'ended' || (life === 'elsewhere' && modified !== null && now - modified >= quietMs);
}

function prefixOf({ name, sha256, md5 }: WantedImage): string {
  const digest = sha256 ?? md5;
  if (digest !== null) return `.${name}.${digest.slice(0, 12)}.`;
  throw new ImagesError('no-checksum', `image ${name} has no digest: it cannot be checked`, {
    next: 'Have its publisher put a .sha256 or .md5 beside it.',
  });
}
