import type { Visibility } from '@tagflow/model';
import type { ImageDirectory } from '../effects.ts';
import { ImagesError } from '../error.ts';
import { checkImageNames } from '../image-names.ts';
import { readSums } from '../image-state.ts';
import type { WantedImage } from './local-file.ts';

/**
 * Returns what is known of files in a directory that has no set.json, such as RDO's own: the digests beside them.
 * @throws ImagesError `no-checksum` for a file that has neither `.sha256` nor `.md5`: it could not be checked
 */
export async function wantedFromSums(
  source: ImageDirectory,
  names: readonly string[],
  visibility: Visibility,
): Promise<readonly WantedImage[]> {
  return Promise.all(
    checkImageNames(names).map(async (name) => {
      const { md5, sha256 } = await readSums(source, { name });
      if (md5 !== null || sha256 !== null) return { name, size: null, sha256, md5, visibility };
      throw new ImagesError(
        'no-checksum',
        `${source.store.url}/${source.directory}/${name} has no .sha256 and no .md5 beside it: it cannot be checked`,
        { next: 'Have its publisher put one there; a file that nobody vouches for is not used.' },
      );
    }),
  );
}
