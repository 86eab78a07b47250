import { joinPath, type Store, StoreError } from '@tagflow/store';
import { type ChunkIndex, formatChunkIndex, maxIndexBytes, parseChunkIndex } from '../chunks/chunk-index.ts';
import type { ImageDirectory, ImagesEffects } from '../effects.ts';
import { ImagesError } from '../error.ts';
import type { WantedImage } from '../fetch/local-file.ts';

/** The ending of the file beside an image that lists its chunks. */
export const indexSuffix = '.cidx';

/**
 * Returns the index that stands beside an image; null where there is none, or one of another file, or none that can be
 * read: then the image travels whole. It is only ever a hint.
 */
export async function readIndex(
  { store, directory }: ImageDirectory,
  image: Pick<WantedImage, 'name' | 'size' | 'sha256'>,
  { log }: Pick<ImagesEffects, 'log'>,
): Promise<ChunkIndex | null> {
  const path = joinPath(directory, `${image.name}${indexSuffix}`);
  try {
    const bytes = await store.readBytes(path, {
      maxBytes: maxIndexBytes(Math.min(image.size ?? largestImage, largestImage)),
    });
    if (bytes === null) return null;
    const index = parseChunkIndex(bytes, joinPath(store.url, path));
    const isOfImage = index.size === (image.size ?? index.size) && index.sha256 === (image.sha256 ?? index.sha256);
    if (isOfImage) return index;
    log.debug(`${joinPath(store.url, path)} is the index of another file`);
  } catch (error) {
    // A server that is away is away for the image, too.
    if (!(error instanceof ImagesError || error instanceof StoreError) || error.outcome === 'waiting') throw error;
    log.info(`${error.message}: ${image.name} travels whole`);
  }
  return null;
}

// For the bound alone: nobody says how large an image is, or somebody says anything.
const largestImage = 64 * 1024 ** 3;

/** Puts the index beside an image. */
export async function writeIndex(store: Store, image: string, index: ChunkIndex): Promise<void> {
  await store.write(`${image}${indexSuffix}`, formatChunkIndex(index));
}
