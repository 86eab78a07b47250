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
import type { ContainerPlace } from './place.ts';
import { setsDiffer } from './published-differently.ts';
import { repositoryIn } from './reference.ts';
import type { RegistryClient } from './registry.ts';

const setType = 'application/vnd.tagflow.set.v1+json';
// The OCI specification's way of saying «this artifact has no config».
const emptyConfig = Buffer.from('{}');
const emptyConfigType = 'application/vnd.oci.empty.v1+json';

/** Returns the repository that holds the sets of a namespace; the tag is the full hash. */
function setRepository(place: ContainerPlace): string {
  return repositoryIn(place.namespace, 'tagflow-set');
}

/** Returns the manifest of a set's artifact, and the bytes of its two blobs. */
function setArtifact(set: ArtifactSet): { readonly manifest: Manifest; readonly blobs: readonly Uint8Array[] } {
  const content = Buffer.from(formatSet(set));
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType: setType,
      config: { mediaType: emptyConfigType, digest: sha256(emptyConfig), size: emptyConfig.length },
      layers: [
        {
          mediaType: setType,
          digest: sha256(content),
          size: content.length,
          annotations: { 'org.opencontainers.image.title': 'set.json' },
        },
      ],
    }),
  );
  const manifest = parseManifest(bytes, mediaTypes.ociManifest, `set of ${set.fullHash}`);
  return { manifest, blobs: [emptyConfig, content] };
}

/**
 * Tells whether the published set of a hash lacks something of the given one.
 * @throws OciError `published-differently` when the two contradict each other
 */
export async function lacksSet(place: ContainerPlace, set: ArtifactSet): Promise<boolean> {
  const published = await readPublishedSet(place, set.fullHash);
  return published === null || formatSet(merged(place, published, set)) !== formatSet(published);
}

// Another publisher may have read the set before ours was written, and write its own now. Milliseconds.
const settleDelays = [200, 400, 800, 1600, 3200];

/**
 * Publishes a set below its hash. A set of the same hash that is there already is completed, never replaced: jobs that
 * know the containers only must not take the images out of it. A registry has no «write if unchanged», so it is read
 * back a moment later, and completed again where somebody else wrote at the same time.
 * Returns the number of bytes that were sent.
 * A registry that never keeps what it took is found by {@link findSetProblem}, with everything else that it lost.
 * @throws OciError `published-differently` when the published one contradicts it
 */
export async function publishSet(
  place: ContainerPlace,
  set: ArtifactSet,
  { clock, signal }: Pick<Effects, 'clock' | 'signal'>,
): Promise<number> {
  const { client } = place;
  const repository = setRepository(place);
  let sent = 0;
  for (const delay of settleDelays) {
    const published = await readPublishedSet(place, set.fullHash);
    const next = published === null ? set : merged(place, published, set);
    if (published !== null && formatSet(published) === formatSet(next)) return sent;
    signal.throwIfAborted();
    const { manifest, blobs } = setArtifact(next);
    for (const bytes of blobs) sent += await putSmallBlob(client, repository, bytes);
    await client.putManifest(repository, set.fullHash, manifest);
    await clock.sleep(delay, signal);
  }
  return sent;
}

/** Returns a sentence when a set is not published whole; null when it is. */
export async function findSetProblem(place: ContainerPlace, set: ArtifactSet): Promise<string | null> {
  const published = await readPublishedSet(place, set.fullHash);
  if (published === null) return `${place.title}: the set of ${set.fullHash} is not published`;
  try {
    if (formatSet(merged(place, published, set)) === formatSet(published)) return null;
    return `${whereOf(place, set.fullHash)} lacks parts of the set: others publish the same hash at the same time`;
  } catch (error) {
    if (error instanceof OciError && error.code === 'published-differently') return error.message;
    throw error;
  }
}

function merged(place: ContainerPlace, published: ArtifactSet, set: ArtifactSet): ArtifactSet {
  try {
    return mergeSets([published, set]);
  } catch (error) {
    if (error instanceof ParseError) throw setsDiffer(whereOf(place, set.fullHash), published, set, error);
    throw error;
  }
}

function whereOf(place: ContainerPlace, hash: FullHash): string {
  return `${place.client.registry.name}/${setRepository(place)}:${hash}`;
}

async function putSmallBlob(client: RegistryClient, repository: string, bytes: Uint8Array): Promise<number> {
  const digest = sha256(bytes);
  const upload = await client.startUpload(repository, digest, repository);
  if (upload === 'mounted') return 0;
  const blob: Descriptor = { mediaType: '', digest, size: bytes.length, isForeign: false };
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
  const repository = setRepository(place);
  const where = whereOf(place, hash);
  const manifest = await place.client.getManifest(repository, hash);
  if (manifest === null) return null;
  const layer = manifest.blobs.find((blob) => blob.mediaType === setType);
  if (layer === undefined) {
    throw new OciError('unexpected-answer', `${where} is not a set: it has no layer of the type ${setType}`);
  }
  const set = parsePublished((await place.client.readBlob(repository, layer)).toString('utf8'), where);
  if (set.fullHash !== hash) throw new OciError('unexpected-answer', `${where} holds the set of ${set.fullHash}`);
  return set;
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
