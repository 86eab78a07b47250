import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageEntry } from '@tagflow/model';
import { formatSumFile } from '../checksum.ts';

/** Puts `.sha256` and `.md5` beside the images of a folder, as sha256sum and md5sum write them. */
export async function writeSumFiles(folder: string, images: readonly ImageEntry[]): Promise<void> {
  for (const image of images) {
    for (const kind of ['sha256', 'md5'] as const) {
      const digest = image[kind];
      if (digest === null) continue;
      const path = join(folder, `${image.name}.${kind}`);
      // It may be a link that the builder made: what it leads to is nobody's to write.
      await rm(path, { force: true });
      await writeFile(path, formatSumFile(digest, image.name), { flag: 'wx' });
    }
  }
}
