import type { ChunkIndex } from '../chunks/chunk-index.ts';
import { createIndexBuilder } from '../chunks/index-builder.ts';
import type { ImagesEffects } from '../effects.ts';
import type { WantedImage } from '../fetch/local-file.ts';
import { readAll, type SourceFile } from './source-file.ts';

/**
 * Returns the index of a file, which is read once. Where the image's digest is known it is not computed: it would be half
 * of the work, and whatever arrives is compared with it.
 */
export async function indexSource(source: SourceFile, image: WantedImage, effects: ImagesEffects): Promise<ChunkIndex> {
  const { sha256 } = image;
  const builder = createIndexBuilder({ hashesWhole: sha256 === null });
  await readAll(source, (piece) => builder.update(piece), effects);
  return builder.finish(sha256 === null ? undefined : { sha256 });
}
