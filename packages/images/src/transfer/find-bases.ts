import { isFullHash } from '@tagflow/model';
import { joinPath, nameOf, parentOf, type Store } from '@tagflow/store';
import type { ImagesEffects } from '../effects.ts';
import { listWhatThereIs } from '../list-what-there-is.ts';
import type { Base } from './copy-image.ts';
import { indexSuffix, readIndex } from './index-beside.ts';

// An older hash shares less, and each index costs some hundred kilobytes.
const directoriesTried = 3;

/**
 * Returns the images of the newest hash beside `directory` that have an index: most of a new hash is in them.
 * @param directory of the hash that is about to be published
 */
export async function findBases(
  store: Store,
  directory: string,
  effects: Pick<ImagesEffects, 'log'>,
): Promise<readonly Base[]> {
  const folder = parentOf(directory);
  const entries = (await listWhatThereIs(store, folder)) ?? [];
  const others = entries
    .filter(({ name, kind }) => kind === 'directory' && isFullHash(name) && name !== nameOf(directory))
    .sort((a, b) => (b.modified ?? 0) - (a.modified ?? 0));
  for (const { name } of others.slice(0, directoriesTried)) {
    const place = { store, directory: joinPath(folder, name) };
    const files = (await listWhatThereIs(store, place.directory)) ?? [];
    const images = files.filter((file) => files.some((other) => other.name === `${file.name}${indexSuffix}`));
    const bases: Base[] = [];
    for (const { name: image, size } of images) {
      const index = await readIndex(place, { name: image, size, sha256: null }, effects);
      if (index !== null) bases.push({ path: joinPath(place.directory, image), index });
    }
    if (bases.length > 0) {
      effects.log.debug(`what ${place.directory} has is not sent again`);
      return bases;
    }
  }
  return [];
}
