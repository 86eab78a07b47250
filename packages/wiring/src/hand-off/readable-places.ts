import { type Config, resolveImageStore, resolveRegistry } from '@tagflow/config';
import { createLayout } from '@tagflow/images';
import type { ArtifactSet, FullHash, HandOffManifest, ImageEntry, Label, Visibility } from '@tagflow/model';
import type { RegistryDestination } from '@tagflow/oci';
import { readSet } from '@tagflow/promotion';
import type { SetPlaces } from '../set-places.ts';
import { HandOffError } from './error.ts';

/** The registries and image stores that a receiver may read. */
export interface ReadablePlaces {
  /** What they say of the hash, joined; null where none of them knows it. */
  readonly set: ArtifactSet | null;
  /** Whether there are registries among them. */
  readonly haveContainers: boolean;
  /** Returns whether a store among them may hold an image. */
  readonly mayHold: (image: Pick<ImageEntry, 'visibility'>) => boolean;
  /** Returns the containers with what can be pulled. @throws HandOffError `not-there` for one that is in no registry */
  containers(set: ArtifactSet): Promise<HandOffManifest['containers']>;
  /** Returns the images with their addresses. @throws HandOffError `not-there` for one that is in no store that may hold it */
  images(set: ArtifactSet): HandOffManifest['images'];
}

/** Which places are meant. */
export interface ReadableQuery {
  readonly hash: FullHash;
  /** Those of the phases that promote to it count, or where there are none all of the configuration. */
  readonly label: Label | null;
  /** `public`: internal places are neither read nor named. */
  readonly visibility: Visibility;
  /** Whether paths of this machine mean anything to the receiver. */
  readonly local: boolean;
}

/** Asks the places that a receiver may read for a hash. One that cannot be read rejects: it may be the one that counts. */
export async function readPlaces(places: SetPlaces, query: ReadableQuery): Promise<ReadablePlaces> {
  const { config } = places;
  const names = config === null ? { registries: [], stores: [] } : namesOf(config, query);
  const wanted = [
    ...names.registries.map((name) => `registry ${name}`),
    ...names.stores.map((name) => `images ${name}`),
  ];
  const found = new Map<string, ArtifactSet | null>();
  const asked = wanted.map((name) => {
    const place = places.places.find((one) => one.name === name);
    if (place === undefined) throw unreadable(name, places.notes);
    return {
      async readSet(hash: FullHash): Promise<ArtifactSet | null> {
        const set = await place.readSet(hash);
        found.set(name, set);
        return set;
      },
    };
  });
  const set = await readSet(asked, query.hash);
  const registries = places.registries.filter(({ name }) => wanted.includes(name));
  return {
    set,
    containers: (whole) => containersIn(registries, whole),
    haveContainers: registries.length > 0,
    mayHold: (image) => config !== null && storesFor(config, names.stores, image).length > 0,
    images: ({ images }) =>
      images.map((image) => ({
        ...image,
        urls: config === null ? [] : urlsOf(config, image, names.stores, found, query),
      })),
  };
}

function storesFor(config: Config, stores: readonly string[], { visibility }: Pick<ImageEntry, 'visibility'>) {
  return stores.filter((name) => visibility === 'public' || resolveImageStore(config, name).visibility === 'internal');
}

function urlsOf(
  config: Config,
  image: ImageEntry,
  stores: readonly string[],
  found: ReadonlyMap<string, ArtifactSet | null>,
  query: ReadableQuery,
): readonly string[] {
  const asked = storesFor(config, stores, image);
  const holders = asked.filter((name) =>
    found.get(`images ${name}`)?.images.some((one) => one.name === image.name && one.sha256 === image.sha256),
  );
  if (holders.length > 0 || asked.length === 0) {
    return holders.flatMap((name) => imageUrls(config, name, image.name, query));
  }
  throw new HandOffError(
    'not-there',
    `image ${image.name} (sha256:${image.sha256}) is in none of: ${asked.join(', ')}`,
    {
      next: 'Publish the set again (sync-images), or look at it with tagflow doctor.',
    },
  );
}

function namesOf(config: Config, { label, visibility }: ReadableQuery) {
  const phases = Object.values(config.phases).filter(({ promote }) => label !== null && promote?.to === label);
  const promoted = phases.flatMap(({ promote }) => promote ?? []);
  const registries =
    promoted.length === 0
      ? Object.keys(config.registries)
      : promoted.flatMap(({ containers }) =>
          containers === null ? [] : [...containers.destinations, containers.source],
        );
  const stores =
    promoted.length === 0
      ? Object.keys(config.imageStores)
      : promoted.flatMap(({ images }) => images?.destinations ?? []);
  const isReadable = (place: { readonly visibility: Visibility }): boolean =>
    visibility === 'internal' || place.visibility === 'public';
  return {
    registries: [...new Set(registries)].filter((name) => isReadable(resolveRegistry(config, name))),
    stores: [...new Set(stores)].filter((name) => isReadable(resolveImageStore(config, name))),
  };
}

function imageUrls(config: Config, store: string, file: string, { hash, local }: ReadableQuery): readonly string[] {
  const place = resolveImageStore(config, store);
  if (place.readUrl.startsWith('file:') && !local) return [];
  return [`${place.readUrl.replace(/\/+$/, '')}/${createLayout({ ...place, ...config }).directory(hash)}/${file}`];
}

async function containersIn(
  registries: readonly RegistryDestination[],
  { containers, fullHash }: ArtifactSet,
): Promise<HandOffManifest['containers']> {
  const names = containers.map(({ name }) => name);
  const looks =
    names.length === 0
      ? []
      : await Promise.all(registries.map(async ({ place, look }) => ({ place, digests: await look(names, fullHash) })));
  return containers.map(({ name, digest }) => {
    const references = looks
      .filter(({ digests }) => digests.get(name) === digest)
      .map(({ place }) => `${place.namespace.registry.name}/${place.repository(name)}@${digest}`);
    if (references.length > 0 || registries.length === 0) return { name, digest, references };
    const asked = registries.map(({ name: registry }) => registry).join(', ');
    throw new HandOffError('not-there', `container ${name} (${digest}) is under the hash tag in none of: ${asked}`, {
      next: 'Stage the set again (tag-and-push-containers), or look at it with tagflow doctor.',
    });
  });
}

function unreadable(name: string, notes: readonly string[]): HandOffError {
  const why = notes.find((note) => note.startsWith(`${name} `)) ?? `${name} could not be opened`;
  return new HandOffError('bad-request', why, {
    next: 'What is handed off has to be read everywhere: give what it needs.',
  });
}
