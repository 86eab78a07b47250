import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ImageEntry } from '@tagflow/model';
import { finishSeen, readSeen, startSeen } from '../cache/seen.ts';
import { type Checksum, checksumOf } from '../checksum.ts';

/** An image as far as it is known before it was read: a set knows all of it, RDO's own trees an md5. */
export interface WantedImage extends Omit<ImageEntry, 'size' | 'sha256'> {
  readonly size: number | null;
  readonly sha256: string | null;
}

/** Returns the image when the file is exactly that, null when it is missing or anything else. */
export async function checkLocalFile(
  path: string,
  wanted: WantedImage,
  signal: AbortSignal,
): Promise<ImageEntry | null> {
  const facts = await stat(path).catch(() => null);
  if (facts?.isFile() !== true || (wanted.size !== null && facts.size !== wanted.size)) return null;
  return matchImage(wanted, await checksumOfFile(path, needsMd5(wanted), signal));
}

/**
 * Returns the checksum of a file on this machine. A file that has been read whole before and was not changed since is
 * not read again.
 */
export async function checksumOfFile(path: string, withMd5: boolean, signal: AbortSignal): Promise<Checksum> {
  const seen = await readSeen(path);
  if (seen !== null && (seen.md5 !== null || !withMd5)) return seen;
  const start = await startSeen(path);
  const checksum = await checksumOf(createReadStream(path, { highWaterMark: 1024 * 1024, signal }), withMd5);
  if (start !== null) await finishSeen(path, start, checksum);
  return checksum;
}

/** md5 is the slow half of a checksum: it is computed only where nothing better was promised. */
export function needsMd5(wanted: WantedImage): boolean {
  return wanted.sha256 === null;
}

/** Returns the image with the digests that were found, null when they are not the promised ones. */
export function matchImage(wanted: WantedImage, actual: Checksum): ImageEntry | null {
  if (wanted.size !== null && wanted.size !== actual.size) return null;
  if (wanted.sha256 !== null && wanted.sha256 !== actual.sha256) return null;
  if (wanted.md5 !== null && actual.md5 !== null && wanted.md5 !== actual.md5) return null;
  return { ...wanted, size: actual.size, sha256: actual.sha256, md5: wanted.md5 ?? actual.md5 };
}
