import { lstat, readdir, rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageEntry } from '@tagflow/model';
import { checksumOfFile, matchImage, needsMd5, type WantedImage } from '../fetch/local-file.ts';
import type { CacheContext } from './context.ts';
import { type EntryPaths, entryPaths, isComplete, parseEntry } from './entry.ts';
import { errorCode, withoutMissing } from './file-errors.ts';
import { isMarked, mark, unmark } from './marks.ts';
import { newOwnerId } from './owner.ts';
import { readNote } from './seen.ts';

/** An image in the cache. */
export interface CachedImage {
  readonly path: string;
  /** The chunk index beside it, null where it has none. */
  readonly indexPath: string | null;
  readonly image: ImageEntry;
}

/** Returns the image when the cache has it whole. It stays until the cache is closed. */
export async function findImage(
  context: CacheContext,
  wanted: WantedImage,
  signal: AbortSignal,
): Promise<CachedImage | null> {
  for (const entry of await candidates(context, wanted)) {
    const wasHeld = context.held.has(entry.folder);
    if (!(await hold(context, entry))) continue;
    const found = await checkEntry(context, entry, wanted, signal);
    if (found !== null) return found;
    if (!wasHeld) await letGo(context, entry);
  }
  return null;
}

/** Marks an entry as used, and returns whether it is there to be used. */
export async function hold(context: CacheContext, entry: EntryPaths): Promise<boolean> {
  if (!(await isComplete(entry)) || !(await mark(entry.folder, 'use', context))) return false;
  context.held.add(entry.folder);
  if (!(await isMarked(entry.folder, 'going', context)) && (await isComplete(entry))) return true;
  await letGo(context, entry);
  return false;
}

async function letGo(context: CacheContext, entry: EntryPaths): Promise<void> {
  await unmark(entry.folder, 'use', context);
  context.held.delete(entry.folder);
}

async function checkEntry(
  context: CacheContext,
  entry: EntryPaths,
  wanted: WantedImage,
  signal: AbortSignal,
): Promise<CachedImage | null> {
  const whole = await withoutMissing(lstat(entry.folder));
  const checksum = await withoutMissing(checksumOfFile(entry.image, needsMd5(wanted), signal));
  if (whole === null || checksum === null) return null;
  if (checksum.sha256 !== entry.sha256) {
    context.log.warning(
      `${entry.image} is damaged (its sha256 is ${checksum.sha256}): it is removed from the cache and fetched again`,
    );
    await discard(context, entry, whole.ino);
    return null;
  }
  const image = matchImage(wanted, checksum);
  if (image === null) return null;
  const now = context.clock.now() / 1000;
  await withoutMissing(utimes(entry.marker, now, now));
  return { path: entry.image, indexPath: await indexOf(entry), image };
}

export async function indexOf({ index }: EntryPaths): Promise<string | null> {
  return (await withoutMissing(lstat(index)))?.isFile() === true ? index : null;
}

/** Returns the entries of one image name, whole or not, in no order. */
export async function entriesOf(root: string, name: string): Promise<readonly EntryPaths[]> {
  const folders = (await withoutMissing(readdir(join(root, name), { withFileTypes: true }))) ?? [];
  return folders.flatMap((folder) => {
    const entry = folder.isDirectory() ? parseEntry(root, name, folder.name) : null;
    return entry === null ? [] : [entry];
  });
}

/** RDO's own trees tell an md5 alone: the notes of the few entries of that name tell which it is. */
async function candidates({ root }: CacheContext, wanted: WantedImage): Promise<readonly EntryPaths[]> {
  if (wanted.sha256 !== null) return [entryPaths(root, wanted.name, wanted.sha256)];
  const matching: EntryPaths[] = [];
  for (const entry of await entriesOf(root, wanted.name)) {
    const note = await readNote(entry.image);
    if (note?.md5 != null && note.md5 === wanted.md5) matching.push(entry);
  }
  return matching;
}

/**
 * Takes an entry out of everybody's sight in one step and removes it then. Returns false when it was gone already.
 * @param ino number of the folder that is meant: another job may have put a good one in its place meanwhile
 */
export async function discard({ trash }: CacheContext, { folder }: EntryPaths, ino: number): Promise<boolean> {
  const gone = join(trash, newOwnerId());
  if ((await withoutMissing(rename(folder, gone).then(() => true))) === null) return false;
  if ((await lstat(gone)).ino !== ino) {
    try {
      await rename(gone, folder);
      return false;
    } catch (error) {
      // A third one stands there by now.
      if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(errorCode(error))) throw error;
    }
  }
  await rm(gone, { recursive: true, force: true });
  return true;
}
