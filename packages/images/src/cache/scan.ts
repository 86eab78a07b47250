import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CacheContext } from './context.ts';
import { type EntryPaths, isComplete } from './entry.ts';
import { withoutMissing } from './file-errors.ts';
import { entriesOf } from './find.ts';

export interface ScannedEntry {
  readonly entry: EntryPaths;
  readonly isComplete: boolean;
  /** Milliseconds since 1970. */
  readonly lastUse: number;
  /** Of its disk blocks: images have holes. */
  readonly bytes: number;
  readonly ino: number;
}

/** Returns what the cache holds, the longest unused first. What is not an entry by its name is never looked into. */
export async function scanEntries({ root }: CacheContext): Promise<readonly ScannedEntry[]> {
  const scanned: ScannedEntry[] = [];
  for (const folder of await readdir(root, { withFileTypes: true })) {
    if (!folder.isDirectory()) continue;
    for (const entry of await entriesOf(root, folder.name)) {
      const one = await scanEntry(entry);
      if (one !== null) scanned.push(one);
    }
  }
  return scanned.sort((a, b) => a.lastUse - b.lastUse);
}

/** Returns null when it is gone by now. */
export async function scanEntry(entry: EntryPaths): Promise<ScannedEntry | null> {
  const whole = await withoutMissing(lstat(entry.folder));
  if (whole === null) return null;
  const complete = await isComplete(entry);
  const marker = complete ? await withoutMissing(lstat(entry.marker)) : null;
  return {
    entry,
    isComplete: complete,
    lastUse: (marker ?? whole).mtimeMs,
    bytes: await roomOf(entry.folder),
    ino: whole.ino,
  };
}

/** Returns the bytes of all disk blocks of a file or of what a folder holds, following no link. */
export async function roomOf(path: string): Promise<number> {
  const facts = await withoutMissing(lstat(path));
  if (facts === null) return 0;
  if (!facts.isDirectory()) return facts.blocks * 512;
  let bytes = 0;
  for (const name of (await withoutMissing(readdir(path))) ?? []) bytes += await roomOf(join(path, name));
  return bytes;
}
