import { mkdir } from 'node:fs/promises';
import type { ImageEntry } from '@tagflow/model';
import { openFolderStore } from '@tagflow/store';
import type { CacheLimits } from '../cache/context.ts';
import { openImageCache } from '../cache/image-cache.ts';
import { countBytes } from '../count-bytes.ts';
import type { ImageDirectory, ImagesEffects } from '../effects.ts';
import { ImagesError } from '../error.ts';
import { type FileReport, reportOf, sumOf } from '../file-report.ts';
import { bringImage, type Bringing, type Brought } from './bring-image.ts';
import type { WantedImage } from './local-file.ts';

export interface FetchOptions {
  readonly source: ImageDirectory;
  /** At least one. */
  readonly images: readonly WantedImage[];
  /** The folder on this machine that gets the files under their names; made when it is missing. */
  readonly into: string;
  /** A folder that several jobs and hashes share. */
  readonly cache?: string;
  readonly cacheLimits?: CacheLimits;
}

export interface FetchReport {
  /** What is in the folder now, sorted by name; digests that nobody had told were computed. */
  readonly images: readonly ImageEntry[];
  readonly files: readonly FileReport[];
  /** False when all of it was in the folder. */
  readonly changed: boolean;
  readonly bytesMoved: number;
  /** Bytes that were in the folder, in the cache, in an older image or in a part file already. */
  readonly bytesSaved: number;
}

/**
 * Fetches images into a folder on this machine. A file appears there only when all its bytes have the promised digest;
 * an interrupted download is taken up by the next run. Of an image whose chunks are published, only those travel that
 * no older image of its name has: in the cache, or in the folder itself.
 * @throws ImagesError `no-images`, `no-checksum`, `checksum-mismatch`, `disk-full`; StoreError `full` without a cache
 */
export async function fetchImages(options: FetchOptions, effects: ImagesEffects): Promise<FetchReport> {
  const { source, into, cache, cacheLimits: limits } = options;
  if (options.images.length === 0) {
    throw new ImagesError('no-images', `${source.store.url}/${source.directory}: there is nothing to fetch`);
  }
  await mkdir(into, { recursive: true });
  const shared =
    cache === undefined ? null : await openImageCache(cache, effects, limits === undefined ? {} : { limits });
  try {
    const bringing: Bringing = {
      ...{ source, into, cache: shared },
      disk: openFolderStore(new URL('file:///'), effects.signal),
      onBytes: countBytes(effects, `fetch images from ${source.store.url}`, options.images),
    };
    const brought: Brought[] = [];
    for (const wanted of options.images) {
      effects.signal.throwIfAborted();
      brought.push(await bringImage(wanted, bringing, effects));
    }
    const byName = brought.sort((a, b) => (a.image.name < b.image.name ? -1 : 1));
    const files = byName.map(({ image, moved }) => reportOf(image, moved));
    await shared?.prune();
    return {
      files,
      images: byName.map(({ image }) => image),
      changed: byName.some(({ wasThere }) => !wasThere),
      ...sumOf(files),
    };
  } finally {
    await shared?.close();
  }
}
