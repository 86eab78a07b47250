import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageEntry, Visibility } from '@tagflow/model';
import { type Checksum, checksumOf, parseSumFile } from './checksum.ts';
import { ImagesError } from './error.ts';

/** Names that stand beside images and are none. */
const companions = /\.(?:md5|sha256)$|^set\.json$|^\./;

/**
 * Returns the image files of a folder on this machine with their sizes and checksums, sorted by name. Where a builder
 * left a `.md5` or `.sha256` beside a file, it has to be right.
 * @param files the names that have to be there; empty means every file of the folder that is not a checksum
 * @throws ImagesError `no-images` naming what is missing, `checksum-mismatch`
 */
export async function describeImages(
  folder: string,
  files: readonly string[],
  visibility: Visibility,
  options: { readonly signal?: AbortSignal } = {},
): Promise<readonly ImageEntry[]> {
  const present = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new ImagesError('no-images', `the folder ${folder} cannot be read`, { cause });
  });
  const available = present.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  const missing = files.filter((file) => !available.includes(file));
  if (missing.length > 0) {
    throw new ImagesError('no-images', `the folder ${folder} has no ${missing.join(', ')}`);
  }
  const names = files.length > 0 ? [...new Set(files)] : available.filter((name) => !companions.test(name));
  if (names.length === 0) throw new ImagesError('no-images', `the folder ${folder} holds no images`);
  const images: ImageEntry[] = [];
  for (const name of names.sort()) {
    const path = join(folder, name);
    const { size, sha256, md5 } = await checksumOf(createReadStream(path, streamOptions(options.signal)), true);
    await assertSum(path, 'md5', { size, sha256, md5 });
    await assertSum(path, 'sha256', { size, sha256, md5 });
    images.push({ name, size, sha256, md5, visibility });
  }
  return images;
}

function streamOptions(signal: AbortSignal | undefined): { highWaterMark: number; signal?: AbortSignal } {
  return { highWaterMark: 1024 * 1024, ...(signal === undefined ? {} : { signal }) };
}

async function assertSum(path: string, kind: 'md5' | 'sha256', actual: Checksum): Promise<void> {
  const text = await readFile(`${path}.${kind}`, 'utf8').catch(() => null);
  if (text === null) return;
  const expected = parseSumFile(text, kind, `${path}.${kind}`);
  if (expected === actual[kind]) return;
  throw new ImagesError(
    'checksum-mismatch',
    `${path} has ${kind} ${actual[kind]}, but ${path}.${kind} says ${expected}`,
    {
      next: 'The file was changed after its checksum was made, or is not complete: build it again.',
    },
  );
}
