import { createHash } from 'node:crypto';
import { type ArtifactSet, type ImageEntry, visibleIn, type Visibility } from '@tagflow/model';
import { isStoreError, joinPath, nameOf, parentOf, type Store } from '@tagflow/store';
import { newOwnerId } from '../cache/owner.ts';
import type { ChunkIndex } from '../chunks/chunk-index.ts';
import type { ImageDirectory, ImagesEffects } from '../effects.ts';
import { ImagesError } from '../error.ts';
import { type FileReport, sumOf } from '../file-report.ts';
import { checkImageNames } from '../image-names.ts';
import { makeInnerLinks } from '../links/inner-links.ts';
import type { InnerLink } from '../layout.ts';
import { listWhatThereIs } from '../list-what-there-is.ts';
import type { WantedImage } from '../fetch/local-file.ts';
import { publishFiles } from './publish-files.ts';
import { mergePublished, publishSetFile } from './publish-set-file.ts';
import { readPublishedSet, setFile } from '../read-set.ts';

export interface PublishOptions {
  readonly store: Store;
  /** The directory of the hash below the store's root. */
  readonly directory: string;
  readonly set: ArtifactSet;
  /** Who may read the store. Images of the set that they may not see are left out, of its set.json as well. */
  readonly visibility: Visibility;
  /** Images whose digests nobody has told yet, but for an md5: they become part of the set when they are there. */
  readonly found?: readonly WantedImage[];
  /** Directories that may hold the images, in the order in which they are asked. */
  readonly sources: readonly ImageDirectory[];
  /** The chunks of images, by name, where the caller knows them. */
  readonly indexes?: ReadonlyMap<string, ChunkIndex>;
  /** Links that readers of the layout expect inside the directory. */
  readonly innerLinks?: readonly InnerLink[];
}

/** What all attempts of one run share. */
export interface PublishRun extends PublishOptions {
  /** Whose parts are the run's own. */
  readonly owner: string;
  /** Bytes that travelled of each image, by name. */
  readonly travelled: Map<string, number>;
}

export interface PublishReport {
  /** The set as it is published now. */
  readonly set: ArtifactSet;
  readonly files: readonly FileReport[];
  /** Bytes that travelled. */
  readonly bytesMoved: number;
  /** Bytes that were there already. */
  readonly bytesSaved: number;
  /** Names of the images that had to be put there. */
  readonly moved: readonly string[];
  /** False when nothing at all had to be written. */
  readonly changed: boolean;
}

/**
 * Publishes the images of a set and its `set.json` in the directory of its hash, and returns what that took. A new
 * directory appears whole, by one rename; what an interrupted run left is completed. A directory that exists gets what
 * it lacks (images of a later phase, containers that were not known yet), `set.json` last.
 * @throws ImagesError `published-differently` when it holds other bytes under the same name: they are not replaced;
 *   `internal-to-public` for found images that the store's readers may not see
 */
export async function publishSet(options: PublishOptions, effects: ImagesEffects): Promise<PublishReport> {
  const run: PublishRun = { ...options, owner: newOwnerId(), travelled: new Map() };
  // A server that cannot be reached at all is told at once.
  await options.store.stat(options.directory);
  for (let losses = 1; ; losses += 1) {
    try {
      return await publishOnce(run, effects);
    } catch (error) {
      // What has arrived is kept, and all that holds already costs only a look.
      if (!isStoreError(error, 'unreachable') || losses > mostLosses) throw error;
      const pauseMs = 1000 * 2 ** losses;
      effects.log.info(`${error.message}; going on in ${pauseMs / 1000} s`);
      await effects.clock.sleep(pauseMs, effects.signal);
    }
  }
}

// Of the connection, in one run. A server that is gone for longer is left to the next run.
const mostLosses = 3;

async function publishOnce(options: PublishRun, effects: ImagesEffects): Promise<PublishReport> {
  const { store, directory, visibility, found } = options;
  const wanted = visibleIn(options.set, visibility);
  const images = found ?? wanted.images;
  assertPublishable(found ?? [], visibility, store.url);
  checkImageNames(images.map(({ name }) => name));
  if (images.length === 0) {
    throw new ImagesError('no-images', `${store.url}/${directory}: the set has no image for a ${visibility} store`, {
      next: 'Give a set that has some, or the store that its images are for.',
    });
  }
  const isPublished = async (): Promise<boolean> => (await store.stat(directory))?.kind === 'directory';
  if (await isPublished()) return complete(directory, wanted, options, effects);

  const partial = partialDirectory(directory, images);
  await store.makeDirectory(partial);
  // Of a run that never came to its end: nobody has seen it, and it binds nobody.
  await store.remove(joinPath(partial, setFile));
  try {
    const report = await complete(partial, wanted, options, effects);
    await removeTemporary(store, partial);
    await store.rename(partial, directory);
    return report;
  } catch (error) {
    const isOvertaken = isStoreError(error, 'exists') || isStoreError(error, 'not-found');
    if (!isOvertaken || !(await isPublished())) throw error;
  }
  // Somebody else published the hash meanwhile: it is theirs that counts, if it is the same.
  const theirs = await complete(directory, wanted, options, effects);
  await store.removeTree(partial);
  return theirs;
}

/**
 * Refuses images that only insiders may see for a public store.
 * @throws ImagesError `internal-to-public`
 */
export function assertPublishable(
  images: readonly Pick<ImageEntry, 'name' | 'visibility'>[],
  visibility: Visibility,
  storeUrl: string,
): void {
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
export function partialDirectory(directory: string, images: readonly WantedImage[]): string {
  const what = images.map(({ name, size, sha256, md5 }) => [name, size, sha256, md5]);
  const content = createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 8);
  return joinPath(parentOf(directory), `.${nameOf(directory)}.${content}.partial`);
}

/** Completes a directory: that of the hash, or the one that is about to become it. */
async function complete(
  directory: string,
  described: ArtifactSet,
  options: PublishRun,
  effects: ImagesEffects,
): Promise<PublishReport> {
  const { store } = options;
  const place: ImageDirectory = { store, directory };
  // A contradiction has to show before gigabytes travel; the file itself is read again when they are there.
  const published = await readPublishedSet(place, described.fullHash);
  mergePublished(published, described, place);
  const images = options.found?.map((image) => knownBefore(image, published)) ?? described.images;
  const files = await publishFiles({ ...options, place, images }, effects);
  const wanted = { ...described, images: files.map(({ image }) => image) };
  await makeInnerLinks(store, directory, options.innerLinks ?? []);
  const { set, changed } = await publishSetFile(place, wanted, effects);
  const moved = files.filter(({ wasThere }) => !wasThere).map(({ name }) => name);
  return { ...{ set, files, moved }, ...sumOf(files), changed: changed || moved.length > 0 };
}

/** What was published with the md5 that is all that is known, was found to have a sha256 then. */
function knownBefore(image: WantedImage, published: ArtifactSet | null): WantedImage {
  const entry = published?.images.find(({ name, md5 }) => name === image.name && md5 !== null && md5 === image.md5);
  return entry === undefined || image.sha256 !== null ? image : { ...image, size: entry.size, sha256: entry.sha256 };
}

/** Removes what runs that were cut off left; the directory is about to be seen. */
async function removeTemporary(store: Store, directory: string): Promise<void> {
  for (const { name, kind } of (await listWhatThereIs(store, directory)) ?? []) {
    if (kind !== 'directory' && /^\..+\.(?:part|link)$/.test(name)) await store.remove(joinPath(directory, name));
  }
}
