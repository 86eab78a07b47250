import { constants } from 'node:fs';
import { copyFile, type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '@tagflow/model';
import { spansOfData } from '../transfer/blocks.ts';
import { diskFull } from './disk-full.ts';
import { errorCode } from './file-errors.ts';
import type { CachedImage } from './find.ts';
import { lifeOf, newOwnerId } from './owner.ts';
import { readSeen, writeSeen } from './seen.ts';

const pieceSize = 1024 * 1024;

/**
 * Puts a copy of a cached file in its place, in one step; holes stay holes. Never a second name for the same bytes:
 * tools that change images in place (virt-customize) would change the cache of every other job.
 * @throws ImagesError `disk-full`
 */
export async function placeFile(
  { path: from, image }: CachedImage,
  to: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const prefix = `.${basename(to)}.placing.`;
  await removeLeftovers(dirname(to), prefix);
  const temporary = join(dirname(to), `${prefix}${newOwnerId()}`);
  const { size, sha256 } = image;
  const checksum = (await readSeen(from)) ?? { size, sha256, md5: null };
  try {
    if (!(await cloneFile(from, temporary))) await copyWithHoles(from, temporary, signal);
    await rename(temporary, to);
  } catch (error) {
    await rm(temporary, { force: true });
    if (errorCode(error) !== 'ENOSPC') throw error;
    throw diskFull(dirname(to), `${basename(to)} (${size} bytes)`, { cause: error });
  }
  await writeSeen(to, checksum, clock);
}

/** File systems that share blocks between files copy a file for nothing. */
async function cloneFile(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (['ENOSPC', 'ENOENT', 'EACCES'].includes(errorCode(error))) throw error;
    return false;
  }
}

// Node's copyFile without a clone writes the zeros of holes: 400 MiB on the disk for a sparse file that takes 2, on
// ext4 and tmpfs alike (Linux 6.18, Node 24). For 800 MiB of which half are zeros this costs about as much CPU.
async function copyWithHoles(from: string, to: string, signal: AbortSignal): Promise<void> {
  const source = await open(from, 'r');
  try {
    const target = await open(to, 'wx');
    try {
      const piece = Buffer.allocUnsafe(pieceSize);
      let size = 0;
      for (;;) {
        signal.throwIfAborted();
        const { bytesRead } = await source.read(piece, 0, piece.length, size);
        if (bytesRead === 0) break;
        for (const { start, end } of spansOfData(piece.subarray(0, bytesRead))) {
          await writeAll(target, piece.subarray(start, end), size + start);
        }
        size += bytesRead;
      }
      await target.truncate(size);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** A disk that fills up takes the beginning of a write first, and refuses only the next one. */
async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

async function removeLeftovers(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix) || lifeOf(name.slice(prefix.length)) !== 'ended') continue;
    await rm(join(folder, name), { force: true });
  }
}
