import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ImageEntry, isBuilder, type Visibility } from '@tagflow/model';
import { type Checksum, parseSumFile } from '../checksum.ts';
import type { ChunkIndex } from '../chunks/chunk-index.ts';
import { indexFile } from '../chunks/index-file.ts';
import { ImagesError } from '../error.ts';
import { checkImageNames, companions } from '../image-names.ts';

/** What a builder leaves beside the images as evidence of the hash that it built from. */
const evidence: readonly string[] = ['delorean.repo', 'full-hash'];

/** The chunks of images, by name. */
export type ImageIndexes = Map<string, ChunkIndex>;

interface DescribeOptions {
  readonly signal?: AbortSignal;
  /** Who built them. */
  readonly builder?: string;
  /**
   * What is published for the hash: a file whose `.sha256` or `.md5` says that it is one of these is believed, so that a
   * run that has nothing to do reads no images.
   */
  readonly published?: readonly ImageEntry[];
  /** Gets the chunks of every file that was read, by name. */
  readonly indexes?: ImageIndexes;
}

/**
 * Returns the image files of a folder on this machine with their sizes and checksums, sorted by name. Where a builder
 * left a `.md5` or `.sha256` beside a file, it has to be right.
 * @param files the names that have to be there; empty means every file of the folder that is neither a checksum nor evidence
 * @throws ImagesError `no-images` naming what is missing, `checksum-mismatch`
 */
export async function describeImages(
  folder: string,
  files: readonly string[],
  visibility: Visibility,
  options: DescribeOptions = {},
): Promise<readonly ImageEntry[]> {
  const { builder } = options;
  if (builder !== undefined && !isBuilder(builder)) {
    throw new ImagesError('bad-name', `builder ${JSON.stringify(builder)} is not a line of 1 to 200 characters`);
  }
  const told = builder === undefined ? {} : { builder };
  const images: ImageEntry[] = [];
  for (const name of await namesOf(folder, files)) {
    const path = join(folder, name);
    const sums = { md5: await readSum(path, 'md5'), sha256: await readSum(path, 'sha256') };
    const published = options.published?.find((image) => image.name === name);
    if (published !== undefined && (await isPublished(path, sums, published)))
      images.push({ ...published, visibility });
    else images.push({ name, ...(await readImage(path, name, sums, options)), visibility, ...told });
  }
  return images;
}

async function namesOf(folder: string, files: readonly string[]): Promise<readonly string[]> {
  const present = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new ImagesError('no-images', `the folder ${folder} cannot be read`, { cause });
  });
  const available = present.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  const named = checkImageNames(files);
  const missing = named.filter((file) => !available.includes(file));
  if (missing.length > 0) {
    const next = `It has: ${available.join(', ') || 'nothing'}. Build what is missing, or name other files.`;
    throw new ImagesError('no-images', `the folder ${folder} has no ${missing.join(', ')}`, { next });
  }
  const images = available.filter((name) => !companions.test(name) && !evidence.includes(name));
  const names = named.length > 0 ? named : checkImageNames(images);
  if (names.length === 0) {
    const next = 'Name the folder that the builder wrote to.';
    throw new ImagesError('no-images', `the folder ${folder} holds no images`, { next });
  }
  return [...names].sort();
}

interface Sums {
  readonly md5: string | null;
  readonly sha256: string | null;
}

/** The size is right, one of the sums says so, and the file was not touched since that was written. */
async function isPublished(path: string, sums: Sums, image: ImageEntry): Promise<boolean> {
  const file = await stat(path);
  if (file.size !== image.size) return false;
  for (const kind of ['sha256', 'md5'] as const) {
    if (sums[kind] !== null && sums[kind] !== image[kind]) return false;
  }
  const kind = sums.sha256 === null ? 'md5' : 'sha256';
  // Not mtime: copying tools set it back to what it was elsewhere.
  return sums[kind] !== null && file.ctimeMs < (await stat(`${path}.${kind}`)).ctimeMs;
}

async function readImage(path: string, name: string, sums: Sums, options: DescribeOptions) {
  const { signal, indexes } = options;
  const actual = await indexFile(path, { withMd5: true, ...(signal === undefined ? {} : { signal }) });
  assertSum(path, 'md5', sums, actual);
  assertSum(path, 'sha256', sums, actual);
  indexes?.set(name, actual.index);
  return { size: actual.size, sha256: actual.sha256, md5: actual.md5 };
}

async function readSum(path: string, kind: 'md5' | 'sha256'): Promise<string | null> {
  const text = await readFile(`${path}.${kind}`, 'utf8').catch(() => null);
  return text === null ? null : parseSumFile(text, kind, `${path}.${kind}`);
}

function assertSum(path: string, kind: 'md5' | 'sha256', sums: Sums, actual: Checksum): void {
  const expected = sums[kind];
  if (expected === null || expected === actual[kind]) return;
  throw new ImagesError(
    'checksum-mismatch',
    `${path} has ${kind} ${actual[kind]}, but ${path}.${kind} says ${expected}`,
    {
      next: 'The file was changed after its checksum was made, or is not complete: build it again.',
    },
  );
}
