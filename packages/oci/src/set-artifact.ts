import {
  type ArtifactSet,
  type Effects,
  formatSet,
  type FullHash,
  mergeSets,
  ParseError,
  parseSet,
} from '@tagflow/model';
import { OciError } from './error.ts';
import { type Descriptor, type Manifest, mediaTypes, parseManifest, sha256 } from './manifest.ts';
import { createManifestStore, type ManifestStore } from './manifest-store.ts';
import type { ContainerPlace } from './place.ts';
import { setsDiffer } from './published-differently.ts';
import { formatReference, repositoryIn } from './reference.ts';
import { formatManifests, manifestsType, parseManifests } from './set-manifests.ts';

const setType = 'application/vnd.tagflow.set.v1+json';
// The OCI specification's way of saying «this artifact has no config».
const emptyConfig = Buffer.from('{}');
const emptyConfigType = 'application/vnd.oci.empty.v1+json';
/** How many manifests a layer of them has. */
const countAnnotation = 'tagflow.manifests';

/** The name of the repository that holds the sets of a namespace; the tag is the full hash. */
export const setRepositoryName = 'tagflow-set';

/** The repository that holds the sets of a namespace. */
export function setRepository(place: ContainerPlace): string {
  return repositoryIn(place.namespace, setRepositoryName);
}

/** What is published for a hash. */
interface Published {
  readonly set: ArtifactSet;
  /** The bytes of the containers' manifests, and of how many. */
  readonly manifests: { readonly layer: Descriptor; readonly count: number } | null;
}

/** Returns the manifest of a set's artifact, and the bytes of its blobs. */
function setArtifact(
  set: ArtifactSet,
  manifests: readonly Manifest[],
): { readonly manifest: Manifest; readonly blobs: readonly Uint8Array[] } {
  const content = Buffer.from(formatSet(set));
  const bytesOf = manifests.length === 0 ? [] : [formatManifests(manifests)];
  const layer = (mediaType: string, bytes: Uint8Array, annotations: Readonly<Record<string, string>>) => ({
    ...{ mediaType, digest: sha256(bytes), size: bytes.length, annotations },
  });
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType: setType,
      config: { mediaType: emptyConfigType, digest: sha256(emptyConfig), size: emptyConfig.length },
      layers: [
        layer(setType, content, { 'org.opencontainers.image.title': 'set.json' }),
        ...bytesOf.map((bytes) =>
          layer(manifestsType, bytes, {
            'org.opencontainers.image.title': 'manifests.json',
            [countAnnotation]: String(manifests.length),
          }),
        ),
      ],
    }),
  );
  const manifest = parseManifest(bytes, mediaTypes.ociManifest, `set of ${set.fullHash}`);
  return { manifest, blobs: [emptyConfig, content, ...bytesOf] };
}

/**
 * Tells whether the published set of a hash lacks something of the given one.
 * @throws OciError `published-differently` when the two contradict each other
 */
export function lacksSet(
  place: ContainerPlace,
  set: ArtifactSet,
  published: ArtifactSet | null,
  manifests: ManifestStore,
): boolean {
  return published === null || formatSet(merged(place, published, set, manifests)) !== formatSet(published);
}

/**
 * Another publisher may have read the set before ours was written, and write its own now. It needs about as long for
 * that as we did; so that is what is waited for, and then twice as long each time.
 */
const settleRounds = 5;
/** Milliseconds. */
const shortestSettling = 25;
const longestSettling = 5000;

/** A set on its way to being published. */
export interface Publishing {
  /** Bytes that were sent; null when everything was there already. */
  readonly sent: number | null;
  /**
   * Resolves when the set is there for good. A registry has no «write if unchanged», so it is read back a moment after
   * the write, and completed again where somebody else wrote at the same time. A registry that never keeps what it took
   * is found by {@link findSetProblem}. Returns the number of bytes that were sent for it.
   */
  settle(): Promise<number>;
}

/**
 * Publishes a set below its hash, with the bytes of its containers' manifests as far as they are in hand. A set of the
 * same hash that is there already is completed, never replaced: jobs that know the containers only must not take the
 * images out of it.
 * @throws OciError `published-differently` when the published one contradicts it
 */
export async function publishSet(
  place: ContainerPlace,
  set: ArtifactSet,
  effects: Pick<Effects, 'clock' | 'signal'>,
  manifests: ManifestStore,
): Promise<Publishing> {
  const { clock, signal } = effects;
  const begunAt = clock.now();
  const sent = await complete(place, set, manifests, signal);
  const writtenAt = clock.now();
  // The machine's clock may have been set meanwhile.
  const took = Math.min(longestSettling, Math.max(shortestSettling, writtenAt - begunAt));
  return {
    sent,
    async settle() {
      let more = 0;
      // What was whole already was read after everybody's writes.
      if (sent === null) return more;
      for (let round = 0; round < settleRounds; round += 1) {
        const wait = took * 2 ** round;
        await clock.sleep(Math.min(wait, Math.max(0, writtenAt + wait - clock.now())), signal);
        const again = await complete(place, set, manifests, signal);
        if (again === null) return more;
        more += again;
      }
      return more;
    },
  };
}

/** Publishes what is lacking; returns the number of bytes that were sent, null when nothing was lacking. */
async function complete(
  place: ContainerPlace,
  set: ArtifactSet,
  store: ManifestStore,
  signal: AbortSignal,
): Promise<number | null> {
  const { client } = place;
  const repository = setRepository(place);
  const published = await readPublished(place, set.fullHash);
  const next = published === null ? set : merged(place, published.set, set, store);
  const inHand = new Map(
    next.containers.flatMap(({ digest }) => store.get(digest) ?? []).map((one) => [one.digest, one]),
  );
  const isSame = published !== null && formatSet(published.set) === formatSet(next);
  if (isSame && (published.manifests?.count ?? 0) >= inHand.size) return null;
  signal.throwIfAborted();
  if (published?.manifests != null) await readManifests(place, published.manifests.layer, store);
  const all = new Map(next.containers.flatMap(({ digest }) => store.get(digest) ?? []).map((one) => [one.digest, one]));
  const { manifest, blobs } = setArtifact(next, [...all.values()]);
  const sizes = await Promise.all(blobs.map((bytes) => putSmallBlob(client, repository, bytes)));
  try {
    await client.putManifest(repository, set.fullHash, manifest);
  } catch (error) {
    // Where tags of hashes never move, the set is as it was published; the bytes beside it only save requests.
    if (isSame && error instanceof OciError && error.code === 'immutable') return null;
    throw error;
  }
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Returns a sentence when a set is not published whole; null when it is. */
export async function findSetProblem(place: ContainerPlace, set: ArtifactSet): Promise<string | null> {
  const published = await readPublishedSet(place, set.fullHash);
  if (published === null) return `${place.title}: the set of ${set.fullHash} is not published`;
  try {
    if (!lacksSet(place, set, published, createManifestStore())) return null;
    return `${whereOf(place, set.fullHash)} lacks parts of the set: others publish the same hash at the same time`;
  } catch (error) {
    if (error instanceof OciError && error.code === 'published-differently') return error.message;
    throw error;
  }
}

function merged(place: ContainerPlace, published: ArtifactSet, set: ArtifactSet, store: ManifestStore): ArtifactSet {
  try {
    return mergeSets([withIndexes(published, set, store), set]);
  } catch (error) {
    if (error instanceof ParseError) throw setsDiffer(whereOf(place, set.fullHash), published, set, error);
    throw error;
  }
}

/** A container may become the index that holds it: an architecture came late. */
function withIndexes(published: ArtifactSet, set: ArtifactSet, store: ManifestStore): ArtifactSet {
  const given = new Map(set.containers.map(({ name, digest }) => [name, digest]));
  const containers = published.containers.map((container) => {
    const digest = given.get(container.name);
    const index = digest === undefined ? undefined : store.get(digest);
    return index?.children.some((child) => child.digest === container.digest) === true
      ? { ...container, digest: index.digest }
      : container;
  });
  return { ...published, containers };
}

function whereOf(place: ContainerPlace, hash: FullHash): string {
  return formatReference(place.client.registry, setRepository(place), hash);
}

async function putSmallBlob(client: ContainerPlace['client'], repository: string, bytes: Uint8Array): Promise<number> {
  const digest = sha256(bytes);
  const upload = await client.startUpload(repository, digest, repository);
  if (upload === 'mounted') return 0;
  const blob: Descriptor = { mediaType: '', digest, size: bytes.length, isForeign: false, annotations: {} };
  await client.finishUpload(upload, blob, once(bytes));
  return bytes.length;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/**
 * Returns the set that was published for a hash, or null.
 * @throws OciError `unexpected-answer` when what is there is not a set of that hash
 */
export async function readPublishedSet(place: ContainerPlace, hash: FullHash): Promise<ArtifactSet | null> {
  return (await readPublished(place, hash))?.set ?? null;
}

/** Adds the bytes of manifests that are published with a set to those in hand. Returns whether there were any. */
export async function readPublishedManifests(
  place: ContainerPlace,
  hash: FullHash,
  store: ManifestStore,
): Promise<boolean> {
  const published = await readPublished(place, hash);
  if (published?.manifests == null) return false;
  await readManifests(place, published.manifests.layer, store);
  return true;
}

async function readManifests(place: ContainerPlace, layer: Descriptor, store: ManifestStore): Promise<void> {
  const bytes = await place.client.readBlob(setRepository(place), layer);
  for (const manifest of parseManifests(bytes, `${place.title}/${setRepositoryName}`)) store.add(manifest);
}

async function readPublished(place: ContainerPlace, hash: FullHash): Promise<Published | null> {
  const repository = setRepository(place);
  const where = whereOf(place, hash);
  const manifest = await place.client.getManifest(repository, hash);
  if (manifest === null) return null;
  const layerOf = (type: string) => manifest.blobs.find((blob) => blob.mediaType === type);
  const layer = layerOf(setType);
  if (layer === undefined) {
    throw new OciError('unexpected-answer', `${where} is not a set: it has no layer of the type ${setType}`);
  }
  const set = parsePublished((await place.client.readBlob(repository, layer)).toString('utf8'), where);
  if (set.fullHash !== hash) throw new OciError('unexpected-answer', `${where} holds the set of ${set.fullHash}`);
  const manifests = layerOf(manifestsType);
  const count = Number(manifests?.annotations[countAnnotation] ?? 0);
  return { set, manifests: manifests === undefined ? null : { layer: manifests, count } };
}

// What a registry sends is nobody's bad input.
function parsePublished(text: string, where: string): ArtifactSet {
  try {
    return parseSet(text, where);
  } catch (cause) {
    if (!(cause instanceof ParseError)) throw cause;
    throw new OciError('unexpected-answer', cause.message, { cause });
  }
}
