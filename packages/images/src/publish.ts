import { createHash } from 'node:crypto';
import { type ArtifactSet, canonicalJson, type ImageEntry, visibleIn, type Visibility } from '@tagflow/model';
import { isStoreError, joinPath, nameOf, parentOf, type Store } from '@tagflow/store';
import { copyImage, findSource } from './copy-image.ts';
import { countBytes, type ImageDirectory, type ImagesEffects } from './effects.ts';
import { ImagesError } from './error.ts';
import { readImageState, writeSums } from './image-state.ts';
import { mergePublished, publishSetFile } from './publish-set-file.ts';
import { readPublishedSet } from './read-set.ts';

export interface PublishOptions {
  readonly store: Store;
  /** The directory of the hash below the store's root. */
  readonly directory: string;
  readonly set: ArtifactSet;
  /** Who may read the store. Images that they may not see are left out, of the set as well. */
  readonly visibility: Visibility;
  /** Directories that may hold the images, in the order in which they are asked. */
  readonly sources: readonly ImageDirectory[];
}

export interface PublishReport {
  /** The set as it is published now. */
  readonly set: ArtifactSet;
  /** Bytes that travelled. */
  readonly bytesMoved: number;
  /** Bytes that were there already. */
  readonly bytesSaved: number;
  /** Names of the images that travelled; each was read back whole. */
  readonly moved: readonly string[];
  /** False when nothing at all had to be written. */
  readonly changed: boolean;
}

/**
 * Publishes the images of a set and its `set.json` in the directory of its hash, and returns what that took. A new
 * directory appears whole, by one rename; what an interrupted run left is completed. A directory that exists gets what
 * it lacks (images of a later phase, containers that were not known yet), `set.json` last.
 * @throws ImagesError `published-differently` when it holds other bytes under the same name: nothing is overwritten
 */
export async function publishSet(options: PublishOptions, effects: ImagesEffects): Promise<PublishReport> {
  const { store, directory } = options;
  const wanted = visibleIn(options.set, options.visibility);
  if (wanted.images.length === 0) {
    throw new ImagesError(
      'no-images',
      `${store.url}/${directory}: the set has no image for a ${options.visibility} store`,
    );
  }
  const published: ImageDirectory = { store, directory };
  if ((await store.stat(directory))?.kind === 'directory')
    return complete(published, published, wanted, options, effects);

  const partial: ImageDirectory = { store, directory: partialDirectory(directory, wanted.images) };
  await store.makeDirectory(partial.directory);
  const report = await complete(partial, published, wanted, options, effects);
  try {
    await store.rename(partial.directory, directory);
  } catch (error) {
    if (!isStoreError(error, 'exists')) throw error;
    // Somebody else published the hash meanwhile: it is theirs that counts, if it is the same.
    const theirs = await complete(published, published, wanted, options, effects);
    await store.removeTree(partial.directory);
    return { ...theirs, bytesMoved: theirs.bytesMoved + report.bytesMoved };
  }
  return report;
}

/**
 * Refuses a set with images that only insiders may see for a public store.
 * @throws ImagesError `internal-to-public`
 */
export function assertPublishable(images: readonly ImageEntry[], visibility: Visibility, storeUrl: string): void {
  const internal = images.filter((image) => image.visibility === 'internal').map((image) => image.name);
  if (visibility === 'internal' || internal.length === 0) return;
  throw new ImagesError(
    'internal-to-public',
    `${storeUrl} is a public store, and ${internal.join(', ')} may be seen by insiders only`,
    {
      next: 'Publish it to a store that is marked "visibility: internal".',
    },
  );
}

/** Returns the name under which a directory is filled. It holds what is in it: two builds of one hash never share it. */
export function partialDirectory(directory: string, images: readonly ImageEntry[]): string {
  const content = createHash('sha256').update(canonicalJson(images)).digest('hex').slice(0, 8);
  return joinPath(parentOf(directory), `.${nameOf(directory)}.${content}.partial`);
}

async function complete(
  place: ImageDirectory,
  published: ImageDirectory,
  wanted: ArtifactSet,
  { sources }: PublishOptions,
  effects: ImagesEffects,
): Promise<PublishReport> {
  // A contradiction has to show before gigabytes travel; the file itself is read again when they are there.
  mergePublished(await readPublishedSet(place, wanted.fullHash), wanted, place);
  const count = countBytes(effects.progress, `publish images to ${published.store.url}`, wanted.images);
  const moved: string[] = [];
  let bytesMoved = 0;
  let bytesSaved = 0;
  for (const image of wanted.images) {
    effects.signal.throwIfAborted();
    const state = await readImageState(place, image, 'sums', effects);
    if (state.is === 'different' && place === published) {
      throw new ImagesError('published-differently', `${state.why}: it was published before, and is not overwritten`, {
        next: 'One hash has one set of images. Find out which build is the right one; the other needs a new hash.',
      });
    }
    if (state.is !== 'whole') {
      const bytes = await copyImage(await findSource(sources, image), place, image, effects, count);
      moved.push(image.name);
      bytesMoved += bytes;
      bytesSaved += Math.max(0, image.size - bytes);
    } else {
      bytesSaved += image.size;
      count(image.size);
    }
    await writeSums(place, image);
  }
  const { set, changed } = await publishSetFile(place, wanted, effects);
  return { set, bytesMoved, bytesSaved, moved, changed: changed || moved.length > 0 };
}
