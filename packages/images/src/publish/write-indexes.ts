import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatChunkIndex } from '../chunks/chunk-index.ts';
import type { ImageIndexes } from './describe.ts';
import { indexSuffix } from '../transfer/index-beside.ts';

/** Puts the indexes of images beside them, so that who publishes them need not read them once more. */
export async function writeIndexes(folder: string, indexes: ImageIndexes): Promise<void> {
  for (const [name, index] of indexes) await writeFile(join(folder, `${name}${indexSuffix}`), formatChunkIndex(index));
}
