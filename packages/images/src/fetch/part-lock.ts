import { mkdir, readdir, rename, rm, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCode, withoutMissing } from '../cache/file-errors.ts';
import { holds, newOwnerId } from '../cache/owner.ts';

/** The right to write a part file. */
export interface PartClaim {
  /** The part file that may be written. */
  readonly path: string;
  /** False where the name is one's own: nobody will ever look for it again. */
  readonly resumable: boolean;
  release(): Promise<void>;
}

/**
 * Returns the right to write `path`, a part file in a folder that several jobs share. When a living process has it, the
 * right is for another name of one's own: nobody waits, and nobody writes into another one's file; such a part is
 * removed at the end and cannot be resumed.
 */
export async function claimPart(path: string): Promise<PartClaim> {
  return (await tryClaimPart(path)) ?? claimOwnPart(path);
}

/** As {@link claimPart}, but null when a living process has it. A process that has ended has nothing any more. */
export async function tryClaimPart(path: string): Promise<PartClaim | null> {
  // The lock is a folder with one file, named after its owner. A rename takes the place of an empty folder and never of
  // a full one, and a dead owner's file is removed by its name, which no other owner ever has: so of all that find a
  // dead lock exactly one gets it, and nobody removes a living one.
  const lock = `${path}.lock`;
  const me = newOwnerId();
  const mine = `${lock}.${me}`;
  await mkdir(mine);
  try {
    await writeFile(join(mine, me), '');
    const now = (await stat(mine)).mtimeMs;
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        await rename(mine, lock);
        return { path, resumable: true, release: () => removeOwner(lock, me) };
      } catch (error) {
        if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EPERM', 'EACCES'].includes(errorCode(error))) throw error;
      }
      for (const owner of (await withoutMissing(readdir(lock))) ?? []) {
        if (holds(owner, now - (await lastWrite(path, join(lock, owner))))) return null;
        await removeOwner(lock, owner);
      }
    }
    return null;
  } finally {
    await rm(mine, { recursive: true, force: true });
  }
}

/** Returns the right to a name beside `path` that nobody else ever has. */
export function claimOwnPart(path: string): PartClaim {
  const own = `${path}.${newOwnerId()}`;
  const release = async (): Promise<void> => {
    const folder = dirname(own);
    const names = ((await withoutMissing(readdir(folder))) ?? []).filter((name) => name.startsWith(basename(own)));
    for (const name of names) await rm(join(folder, name), { recursive: true, force: true });
  };
  return { path: own, resumable: false, release };
}

async function removeOwner(lock: string, owner: string): Promise<void> {
  await withoutMissing(unlink(join(lock, owner)));
  // A folder that is full by now is somebody's living lock.
  await rmdir(lock).catch(() => undefined);
}

async function lastWrite(...paths: readonly string[]): Promise<number> {
  const facts = await Promise.all(paths.map((path) => withoutMissing(stat(path))));
  return Math.max(...facts.map((fact) => fact?.mtimeMs ?? 0));
}
