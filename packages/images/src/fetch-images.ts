import { constants } from 'node:fs';
import { copyFile, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageEntry, Visibility } from '@tagflow/model';
import { downloadImage } from './download.ts';
import { countBytes, type ImageDirectory, type ImagesEffects } from './effects.ts';
import { ImagesError } from './error.ts';
import { checkLocalFile, type WantedImage } from './local-file.ts';
import { readSums } from './image-state.ts';

export interface FetchOptions {
  readonly source: ImageDirectory;
  /** At least one. */
  readonly images: readonly WantedImage[];
  /** The folder on this machine that gets the files under their names; made when it is missing. */
  readonly into: string;
  /** A folder that several jobs and hashes share: files are kept there under their digests. */
  readonly cache?: string;
}

export interface FetchReport {
  /** What is in the folder now, sorted by name; digests that nobody had told were computed. */
  readonly images: readonly ImageEntry[];
  readonly bytesMoved: number;
  /** Bytes that were in the folder, in the cache or in a part file already. */
  readonly bytesSaved: number;
}

/**
 * Fetches images into a folder on this machine. A file appears there only when all its bytes have the promised digest;
 * an interrupted download is taken up by the next run, and a file that changed meanwhile is begun again.
 * @throws ImagesError `no-images`, `no-checksum`, `checksum-mismatch`
 */
export async function fetchImages(options: FetchOptions, effects: ImagesEffects): Promise<FetchReport> {
  const { source, into, cache } = options;
  if (options.images.length === 0) {
    throw new ImagesError('no-images', `${source.store.url}/${source.directory}: there is nothing to fetch`);
  }
  await mkdir(into, { recursive: true });
  if (cache !== undefined) await mkdir(cache, { recursive: true });
  const count = countBytes(effects.progress, `fetch images from ${source.store.url}`, options.images);
  const images: ImageEntry[] = [];
  let bytesMoved = 0;
  let bytesSaved = 0;
  for (const wanted of options.images) {
    effects.signal.throwIfAborted();
    const path = join(into, wanted.name);
    const present = await checkLocalFile(path, wanted, effects.signal);
    if (present !== null) {
      images.push(present);
      bytesSaved += present.size;
      count(present.size);
      continue;
    }
    const kept = cache === undefined ? null : join(cache, cacheName(wanted));
    let image = kept === null ? null : await checkLocalFile(kept, wanted, effects.signal);
    if (image === null) {
      const target = kept ?? path;
      const part =
        kept === null ? join(into, `.${wanted.name}.${cacheName(wanted).slice(0, 20)}.part`) : `${kept}.part`;
      const download = await downloadImage({ source, wanted, part, target }, effects, count);
      image = download.image;
      bytesMoved += download.bytesMoved;
      bytesSaved += Math.max(0, image.size - download.bytesMoved);
    } else {
      bytesSaved += image.size;
      count(image.size);
    }
    if (kept !== null) await placeFile(kept, path);
    images.push(image);
  }
  return { images: images.sort((a, b) => (a.name < b.name ? -1 : 1)), bytesMoved, bytesSaved };
}

/**
 * Returns what is known of files in a directory that has no set.json, such as RDO's own: the digests beside them.
 * @throws ImagesError `no-checksum` for a file that has neither `.sha256` nor `.md5`: it could not be checked
 */
export async function wantedFromSums(
  source: ImageDirectory,
  names: readonly string[],
  visibility: Visibility,
): Promise<readonly WantedImage[]> {
  const wanted: WantedImage[] = [];
  for (const name of names) {
    const { md5, sha256 } = await readSums(source, { name });
    if (md5 === null && sha256 === null) {
      throw new ImagesError(
        'no-checksum',
        `${source.store.url}/${source.directory}/${name} has no .sha256 and no .md5 beside it: it cannot be checked`,
      );
    }
    wanted.push({ name, size: null, sha256, md5, visibility });
  }
  return wanted;
}

function cacheName({ sha256, md5, name }: WantedImage): string {
  if (sha256 !== null) return sha256;
  if (md5 !== null) return `md5-${md5}`;
  throw new ImagesError('no-checksum', `image ${name} has no digest: it cannot be checked`);
}

/**
 * Puts a copy of a cached file in its place, in one step. Never a second name for the same bytes: tools that change
 * images in place (virt-customize) would change the cache of every other job.
 */
async function placeFile(from: string, to: string): Promise<void> {
  const temporary = `${to}.${process.pid}.new`;
  await copyFile(from, temporary, constants.COPYFILE_FICLONE);
  await rename(temporary, to);
}
