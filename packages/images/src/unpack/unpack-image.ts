import { mkdir, stat, statfs } from 'node:fs/promises';
import { basename } from 'node:path';
import { isStoreError } from '@tagflow/store';
import { diskFull } from '../cache/disk-full.ts';
import { errorCode, withoutMissing } from '../cache/file-errors.ts';
import type { ImagesEffects } from '../effects.ts';
import { ImagesError } from '../error.ts';
import { checksumOfFile } from '../fetch/local-file.ts';
import { isAsUnpacked, readUnpacked, type UnpackedFile } from './note.ts';
import { removeLeftovers, takeTurn } from './turn.ts';
import { unpackAnew } from './unpack-anew.ts';

export interface UnpackOptions {
  /** Other files of the folder, such as fetched images, which no member may replace. */
  readonly taken?: readonly string[];
  /** Returns how many bytes a folder's disk has left. Default: what statfs says. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/**
 * Unpacks a tar of images, plain or compressed by gzip or zstd, into a folder of this machine, and returns its files in
 * their order. They appear when all of them are there; zeros become holes. A file of the same name is replaced; owners,
 * modes and times of the archive count for nothing. What was unpacked before and not touched since is only looked at:
 * neither the archive nor the files are read. The archive has to be there all the same: it tells which files are meant.
 * @throws ImagesError `bad-archive` for what is no tar, damaged or cut short, and for anything but plain files under
 *   plain names; `no-images` where no archive is; `disk-full`; `bad-layout` where a folder has the name of a file
 */
export async function unpackImage(
  archive: string,
  into: string,
  effects: Pick<ImagesEffects, 'signal' | 'log' | 'clock'>,
  { taken = [], freeBytes = freeBytesOf }: UnpackOptions = {},
): Promise<readonly UnpackedFile[]> {
  effects.signal.throwIfAborted();
  const facts = await withoutMissing(stat(archive));
  if (facts === null) throw new ImagesError('no-images', `${archive} is not there`);
  if (!facts.isFile()) throw new ImagesError('no-images', `${archive} is no file`);
  await mkdir(into, { recursive: true });
  await removeLeftovers(into, effects.clock);
  const { sha256 } = await checksumOfFile(archive, false, effects.signal);
  const name = basename(archive);
  const present = await findUnpacked(into, name, sha256);
  if (present !== null) return present;
  const turn = await takeTurn(into, effects);
  try {
    // Another job may have come first.
    const late = await findUnpacked(into, name, sha256);
    return late ?? (await unpackAnew({ archive, sha256, into, taken, freeBytes }, effects));
  } catch (error) {
    if (!isStoreError(error, 'full') && errorCode(error) !== 'ENOSPC') throw error;
    throw diskFull(into, `what ${archive} holds`, { cause: error });
  } finally {
    await turn.release();
  }
}

/** Returns what a file system's disk has left. Bytes. */
async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

async function findUnpacked(into: string, name: string, sha256: string): Promise<readonly UnpackedFile[] | null> {
  const note = await readUnpacked(into, name);
  if (note?.archive !== sha256) return null;
  for (const file of note.files) if (!(await isAsUnpacked(into, file))) return null;
  return note.files;
}
