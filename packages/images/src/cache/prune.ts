import { rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { megabytes } from '../megabytes.ts';
import type { CacheContext, CacheLimits } from './context.ts';
import { diskFull } from './disk-full.ts';
import { discard } from './find.ts';
import { isMarked, mark, unmark } from './marks.ts';
import { sweepLeftovers } from './parts.ts';
import { type ScannedEntry, scanEntries, scanEntry } from './scan.ts';

export interface Removed {
  readonly path: string;
  /** Of its disk blocks. */
  readonly bytes: number;
  readonly why: string;
}

export interface CachePruneReport {
  readonly removed: readonly Removed[];
  /** Disk room of the entries that stay. */
  readonly bytes: number;
}

// An entry that was just used may be about to be used again; one that lacks its marker may be on its way.
const recentMs = 10 * 60 * 1000;
const unfinishedMs = 24 * 60 * 60 * 1000;
/** What a download leaves of the disk to others. */
const spareBytes = 16 * 1024 * 1024;

/**
 * Removes what is over the limits, the longest unused first, but nothing that a living process uses or that was used
 * within the last ten minutes, and what dead processes left.
 */
export async function pruneEntries(context: CacheContext, limits: CacheLimits): Promise<CachePruneReport> {
  const removed = [...(await sweepLeftovers(context))];
  const stay: ScannedEntry[] = [];
  for (const scanned of await scanEntries(context)) {
    const age = context.clock.now() - scanned.lastUse;
    const why = !scanned.isComplete
      ? age > unfinishedMs && 'it never became complete'
      : limits.maxAgeMs !== null && age > limits.maxAgeMs && `it was last used ${inDays(age)} ago`;
    if (why !== false && (await removeEntry(context, scanned))) removed.push(describe(scanned, why));
    else stay.push(scanned);
  }
  let bytes = totalOf(stay);
  for (const scanned of stay) {
    if (limits.maxBytes === null || bytes <= limits.maxBytes) break;
    if (!scanned.isComplete || !(await removeEntry(context, scanned))) continue;
    bytes -= scanned.bytes;
    removed.push(describe(scanned, `the cache may take ${inMB(limits.maxBytes)}, and this was the longest unused`));
  }
  return { removed, bytes };
}

/**
 * Makes room for a file that is about to come, as far as entries may go. More than `maxBytes` is borne when everything
 * is in use: a limit keeps house and fails nobody's job.
 * @throws ImagesError `disk-full`
 */
export async function makeRoom(context: CacheContext, bytes: number, what: string): Promise<void> {
  const { root, limits, freeBytes, log } = context;
  const needed = bytes + spareBytes;
  const lacking = async (): Promise<number> => needed - (await freeBytes(root));
  if ((await lacking()) > 0) await sweepLeftovers(context);
  const entries = await scanEntries(context);
  let total = totalOf(entries);
  const hopeless = (await lacking()) - total;
  if (hopeless > 0) {
    throw diskFull(root, `${what}: ${inMB(hopeless)} more are needed, even if everything in the cache went`);
  }
  for (const scanned of entries) {
    const isOver = limits.maxBytes !== null && total + bytes > limits.maxBytes;
    if (!isOver && (await lacking()) <= 0) break;
    if (!scanned.isComplete || !(await removeEntry(context, scanned))) continue;
    total -= scanned.bytes;
    log.info(`${scanned.entry.folder} makes room for ${what}`);
  }
  const missing = await lacking();
  if (missing <= 0) return;
  const uses =
    total > 0 ? `; what the cache holds still (${inMB(total)}) is in use, or was a moment ago` : '; the cache is empty';
  throw diskFull(root, `${what}: ${inMB(missing)} more are needed${uses}`);
}

async function removeEntry(context: CacheContext, { entry, ino }: ScannedEntry): Promise<boolean> {
  if (!(await mark(entry.folder, 'going', context))) return false;
  try {
    if (await isMarked(entry.folder, 'use', context)) return false;
    const now = await scanEntry(entry);
    if (now === null || now.ino !== ino) return false;
    if (now.isComplete && Math.abs(context.clock.now() - now.lastUse) <= recentMs) return false;
    const removed = await discard(context, entry, ino);
    // The folder of the image's name, when this was the last of them.
    await rmdir(dirname(entry.folder)).catch(() => undefined);
    return removed;
  } finally {
    await unmark(entry.folder, 'going', context);
  }
}

function describe({ entry, bytes }: ScannedEntry, why: string): Removed {
  return { path: entry.folder, bytes, why };
}

function totalOf(entries: readonly ScannedEntry[]): number {
  return entries.reduce((sum, { bytes }) => sum + bytes, 0);
}

const inMB = (bytes: number): string => `${megabytes(bytes)} MB`;
const inDays = (ms: number): string => `${Math.floor(ms / 86_400_000)} days`;
