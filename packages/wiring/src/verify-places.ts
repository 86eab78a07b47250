import { type Config, resolveImageStore, resolveRegistry } from '@tagflow/config';
import { createLayout } from '@tagflow/images';
import type { FullHash } from '@tagflow/model';
import type { SetPlaces } from './set-places.ts';
import type { ContainersAt, ImagesAt } from './verify-set.ts';

/** Returns a registry of tagflow.yaml as a place where containers are looked at. @throws ConfigError */
export function containersIn(config: Config, name: string): ContainersAt {
  const { url, namePattern, plainHttp, caFile } = resolveRegistry(config, name);
  return { url, namePattern, plainHttp, caFile };
}

/** As {@link containersIn}, of an image store, which is read where its readers do. */
export function imagesIn(config: Config, name: string, hash: FullHash): ImagesAt {
  const { readUrl, hostKey, visibility, pathTemplate, linkTemplates, innerLinks } = resolveImageStore(config, name);
  const { release, distro } = config;
  const layout = createLayout({ pathTemplate, linkTemplates, innerLinks, release, distro });
  return { url: readUrl, directory: layout.directory(hash), visibility, hostKey };
}

export interface PublishedPlaces {
  readonly containersAt: readonly ContainersAt[];
  readonly imagesAt: readonly ImagesAt[];
  /** A sentence for each place that was left out. */
  readonly notes: readonly string[];
}

/**
 * Returns the places of a configuration where the set of a hash is published. One that cannot be asked is among them:
 * what is wrong with it shows when it is looked at.
 */
export async function publishedPlaces(
  { config, places, effects }: SetPlaces,
  hash: FullHash,
): Promise<PublishedPlaces> {
  const notes: string[] = [];
  const isPublished = async (name: string): Promise<boolean> => {
    const place = places.find((each) => each.name === name);
    // Its words are among the notes of those who opened it.
    if (place === undefined) return false;
    const set = await place.readSet(hash).catch(() => {
      effects.signal.throwIfAborted();
      return undefined;
    });
    if (set === null) notes.push(`${name}: the set of ${hash} is not published there, and was not looked for`);
    return set !== null;
  };
  const containersAt: ContainersAt[] = [];
  for (const name of Object.keys(config?.registries ?? {})) {
    if (config !== null && (await isPublished(`registry ${name}`))) containersAt.push(containersIn(config, name));
  }
  const imagesAt: ImagesAt[] = [];
  for (const name of Object.keys(config?.imageStores ?? {})) {
    if (config !== null && (await isPublished(`images ${name}`))) imagesAt.push(imagesIn(config, name, hash));
  }
  return { containersAt, imagesAt, notes };
}
