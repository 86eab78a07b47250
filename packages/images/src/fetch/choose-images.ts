import type { ArtifactSet, FullHash, Visibility } from '@tagflow/model';
import { joinPath } from '@tagflow/store';
import type { ImageDirectory } from '../effects.ts';
import { ImagesError } from '../error.ts';
import type { WantedImage } from './local-file.ts';
import { readPublishedSet } from '../read-set.ts';
import { wantedFromSums } from './wanted-from-sums.ts';

/**
 * Returns the images of a hash that are meant, and the set that is published for it, null where there is none, as in
 * RDO's own trees: there the digests beside the files tell what they are.
 * @param files their names; empty means all of the set
 * @throws ImagesError `no-images` for a name that the set lacks, and for no names where there is no set; `no-checksum`
 */
export async function chooseImages(
  place: ImageDirectory,
  hash: FullHash,
  files: readonly string[],
  visibility: Visibility,
): Promise<{ readonly set: ArtifactSet | null; readonly images: readonly WantedImage[] }> {
  const set = await readPublishedSet(place, hash);
  const where = joinPath(place.store.url, place.directory);
  if (set !== null) {
    const images = set.images.filter(({ name }) => files.length === 0 || files.includes(name));
    const missing = files.filter((file) => images.every(({ name }) => name !== file));
    if (missing.length === 0) return { set, images };
    const known = set.images.map(({ name }) => name).join(', ');
    throw new ImagesError('no-images', `${where} has no ${missing.join(', ')}; it has: ${known || 'no images'}`, {
      outcome: 'invalid',
    });
  }
  if (files.length > 0) return { set, images: await wantedFromSums(place, files, visibility) };
  throw new ImagesError('no-images', `${where} has no set.json, so that nobody knows which images it has`, {
    outcome: 'invalid',
    next: 'Name them in "files".',
  });
}
