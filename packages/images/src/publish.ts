import { createHash } from 'node:crypto';
import { type ArtifactSet, type ImageEntry, visibleIn, type Visibility } from '@tagflow/model';
import { isStoreError, joinPath, nameOf, parentOf, type Store } from '@tagflow/store';
import type { ChunkIndex } from './chunks/chunk-index.ts';
import type { ImageDirectory, ImagesEffects } from './effects.ts';
import { ImagesError } from './error.ts';
import { type FileReport, sumOf } from './file-report.ts';
import { makeInnerLinks } from './inner-links.ts';
import type { InnerLink } from './layout.ts';
import type { WantedImage } from './local-file.ts';
import { publishFiles } from './publish-files.ts';
import { mergePublished, publishSetFile } from './publish-set-file.ts';
import { readPublishedSet } from './read-set.ts';

export interface PublishOptions {
  readonly store: Store;
  /** The directory of the hash below the store's root. */
  readonly directory: string;
  readonly set: ArtifactSet;
  /** Who may read the store. Images that they may not see are left out, of the set as well. */
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
 * @throws ImagesError `published-differently` when it holds other bytes under the same name: nothing is overwritten
 */
export async function publishSet(options: PublishOptions, effects: ImagesEffects): Promise<PublishReport> {
  const { store, directory } = options;
  const wanted = visibleIn(options.set, options.visibility);
  const images = options.found ?? wanted.images;
  if (images.length === 0) {
    throw new ImagesError(
      'no-images',
      `${store.url}/${directory}: the set has no image for a ${options.visibility} store`,
    );
  }
  if ((await store.stat(directory))?.kind === 'directory') return complete(directory, wanted, options, effects);

  const partial = partialDirectory(directory, images);
  await store.makeDirectory(partial);
  const report = await complete(partial, wanted, options, effects);
  try {
    await store.rename(partial, directory);
  } catch (error) {
    if (!isStoreError(error, 'exists')) throw error;
    // Somebody else published the hash meanwhile: it is theirs that counts, if it is the same.
    const theirs = await complete(directory, wanted, options, effects);
    await store.removeTree(partial);
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
export function partialDirectory(directory: string, images: readonly WantedImage[]): string {
  const what = images.map(({ name, size, sha256, md5 }) => [name, size, sha256, md5]);
  const content = createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 8);
  return joinPath(parentOf(directory), `.${nameOf(directory)}.${content}.partial`);
}

/** Completes a directory: that of the hash, or the one that is about to become it. */
async function complete(
  directory: string,
  described: ArtifactSet,
  options: PublishOptions,
  effects: ImagesEffects,
): Promise<PublishReport> {
  const { store } = options;
  const place: ImageDirectory = { store, directory };
  // A contradiction has to show before gigabytes travel; the file itself is read again when they are there.
  mergePublished(await readPublishedSet(place, described.fullHash), described, place);
  const files = await publishFiles({ ...options, place, images: options.found ?? described.images }, effects);
  const wanted = { ...described, images: files.map(({ image }) => image) };
  await makeInnerLinks(store, directory, options.innerLinks ?? []);
  const { set, changed } = await publishSetFile(place, wanted, effects);
  const moved = files.filter(({ wasThere }) => !wasThere).map(({ name }) => name);
  return {
    ...{ set, files, moved },
    ...sumOf(files),
    changed: changed || moved.length > 0,
  };
}
