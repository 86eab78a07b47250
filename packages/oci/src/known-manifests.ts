import type { Digest, FullHash } from '@tagflow/model';
import { OciError } from './error.ts';
import type { Manifest } from './manifest.ts';
import type { ManifestStore } from './manifest-store.ts';
import { asContainerPlace, type ContainerPlace, type SourcePlace } from './place.ts';
import { readPublishedManifests } from './set-artifact.ts';

/** Where the bytes of manifests come from that a place holds already and that get another tag there. */
export interface KnownManifests {
  /** A digest belongs to the set of this hash, whose published form may have its bytes. */
  note(digest: Digest, hash: FullHash): void;
  /**
   * Returns a manifest: what is in hand, else what is published with the set of its hash, else what the source has.
   * The place itself is asked last, and not at all where it counts each GET as a pull (docker.io).
   * @throws OciError `not-found`; where nobody has it and somebody could not be asked, what that one said
   */
  get(name: string, digest: Digest): Promise<Manifest>;
}

export function createKnownManifests(place: ContainerPlace, source: SourcePlace, store: ManifestStore): KnownManifests {
  const hashes = new Map<Digest, FullHash>();
  const published = new Map<FullHash, Promise<void>>();

  const readPublished = (hash: FullHash): Promise<void> => {
    const reading = published.get(hash) ?? readAnyPublished(hash);
    published.set(hash, reading);
    return reading;
  };
  const readAnyPublished = async (hash: FullHash): Promise<void> => {
    const from = asContainerPlace(source);
    await firstAnswer([
      async () => (from !== null && (await readPublishedManifests(from, hash, store)) ? true : null),
      // Its own set is a GET, too.
      async () => (!place.client.isMetered() && (await readPublishedManifests(place, hash, store)) ? true : null),
      // Manifests can be had one by one as well.
    ]).catch(() => null);
  };

  return {
    note(digest, hash) {
      hashes.set(digest, hash);
    },
    async get(name, digest) {
      const hash = hashes.get(digest);
      if (store.get(digest) === undefined && hash !== undefined) await readPublished(hash);
      const inHand = store.get(digest);
      if (inHand !== undefined) return inHand;
      const isOwn = source.reader.origin === place.client.origin && source.repository(name) === place.repository(name);
      const manifest = await firstAnswer([
        () => source.reader.getManifest(source.repository(name), digest),
        async () =>
          isOwn || place.client.isMetered() ? null : place.client.getManifest(place.repository(name), digest),
      ]);
      if (manifest === null) {
        throw new OciError('not-found', `${place.title}/${name}@${digest} is not there, so nothing can be tagged`, {
          next: 'Copy the container there first: tag-and-push-containers.',
        });
      }
      store.add(manifest);
      return manifest;
    },
  };
}

/** Asks one after the other until one answers. A dead source must not keep a place from using its own. */
async function firstAnswer<Answer>(asks: readonly (() => Promise<Answer | null>)[]): Promise<Answer | null> {
  const errors: unknown[] = [];
  for (const ask of asks) {
    const answer = await ask().catch((error: unknown) => {
      errors.push(error);
      return null;
    });
    if (answer !== null) return answer;
  }
  if (errors.length > 0) throw errors[0];
  return null;
}
