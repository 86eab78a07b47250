import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tryClaimPart } from '../fetch/part-lock.ts';
import type { CacheContext } from './context.ts';
import { errorCode, withoutMissing } from './file-errors.ts';
import { holds, lifeOf, ownerIdPattern } from './owner.ts';
import type { Removed } from './prune.ts';
import { roomOf } from './scan.ts';

/** Nobody comes back for a part that was left so long ago. Milliseconds. */
const abandonedMs = 24 * 60 * 60 * 1000;

// NAME.DIGEST.part, what belongs to it (such as .entry behind it), its lock, and copies of one's own (.OWNER).
const partName = new RegExp(
  `^(.+?\\.(?:[0-9a-f]{64}|md5-[0-9a-f]{32})\\.part)(?:\\.lock)?(?:\\.(${ownerIdPattern.source}))?(?:\\..+)?$`,
);

/** Removes what dead processes left: parts that nobody will continue, and half removed things. Returns what it was. */
export async function sweepLeftovers(context: CacheContext): Promise<readonly Removed[]> {
  const removed: Removed[] = [];
  for (const name of await readdir(context.trash)) {
    if (lifeOf(name) === 'ended') removed.push(await remove(join(context.trash, name), 'its removal was broken off'));
  }
  const parts = new Set<string>();
  for (const name of await readdir(context.parts)) {
    const [, part, owner] = partName.exec(name) ?? [];
    if (part === undefined) continue;
    if (owner === undefined) parts.add(part);
    else if (!holds(owner, await quietFor(context, name))) {
      removed.push(await remove(join(context.parts, name), 'the process that wrote it has ended'));
    }
  }
  for (const part of parts) removed.push(...(await sweepPart(context, part)));
  return removed;
}

async function sweepPart(context: CacheContext, part: string): Promise<readonly Removed[]> {
  const claim = await tryClaimPart(join(context.parts, part));
  if (claim === null) return [];
  const removed: Removed[] = [];
  try {
    const names = await filesOfPart(context, part);
    const quiet = await Promise.all(names.map((name) => quietFor(context, name)));
    if (Math.min(...quiet) <= abandonedMs) return [];
    for (const name of names) {
      removed.push(await remove(join(context.parts, name), 'it was left more than a day ago'));
    }
  } finally {
    await claim.release();
  }
  return removed;
}

/** Returns the names of a part and of what belongs to it, its lock and other processes' own copies excepted. */
export async function filesOfPart({ parts }: CacheContext, part: string): Promise<readonly string[]> {
  return (await readdir(parts)).filter((name) => {
    const [, of, owner] = partName.exec(name) ?? [];
    return of === part && owner === undefined && name !== `${part}.lock`;
  });
}

/** A whole file that a killed process had not put in its place yet becomes a part again, which lacks nothing. */
export async function recoverPart(part: string, name: string): Promise<void> {
  for (const path of [wholeOf(part), join(stagedOf(part), 'noarch', name)]) {
    if ((await withoutMissing(lstat(path)))?.isFile() === true) await rename(path, part);
  }
  await rm(stagedOf(part), { recursive: true, force: true });
}

/** The part when nothing is missing any more. */
export const wholeOf = (part: string): string => `${part}.whole`;

/** The folder that is about to become the entry. */
export const stagedOf = (part: string): string => `${part}.entry`;

async function quietFor({ parts, clock }: CacheContext, name: string): Promise<number> {
  const facts = await withoutMissing(lstat(join(parts, name)));
  return facts === null ? 0 : clock.now() - facts.mtimeMs;
}

async function remove(path: string, why: string): Promise<Removed> {
  const bytes = await roomOf(path);
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    // Somebody else removes it at the same moment.
    if (errorCode(error) !== 'ENOTEMPTY') throw error;
  }
  return { path, bytes, why };
}
