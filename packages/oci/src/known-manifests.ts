import { HttpError } from '@tagflow/http';
import type { Digest, FullHash } from '@tagflow/model';
import { OciError } from './error.ts';
import type { Manifest } from './manifest.ts';
import type { ManifestStore } from './manifest-store.ts';
import { asContainerPlace, type ContainerPlace, isSamePlace, type SourcePlace } from './place.ts';
import { formatReference } from './reference.ts';
import { readPublishedManifests } from './set-artifact.ts';

/** Where the bytes of manifests come from that a place holds already and that get another tag there. */
export interface KnownManifests {
  /** A digest belongs to the set of this hash, whose published form may have its bytes. */
  note(digest: Digest, hash: FullHash): void;
  /**
   * Returns a manifest: what is in hand, else what is published with the set of its hash, else what the source has.
   * The place itself is asked last, and where it counts each GET as a pull (docker.io) only while it allows some.
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
      () => (from === null ? null : askSource(() => readSetOf(from, hash))),
      () => (place.client.isMetered() ? null : readSetOf(place, hash)),
      // Manifests can be had one by one as well.
    ]).catch(() => null);
  };
  const readSetOf = async (from: ContainerPlace, hash: FullHash): Promise<true | null> =>
    (await readPublishedManifests(from, hash, store)) ? true : null;

  // The first question tells whether the source is there: if not, nobody waits for it again.
  let first: Promise<unknown> | null = null;
  let isDown = false;
  const askSource = async <Answer>(ask: () => Promise<Answer | null>): Promise<Answer | null> => {
    if (first !== null) await first.catch(() => undefined);
    if (isDown) return null;
    const asking = ask();
    first ??= asking;
    return asking.catch((error: unknown) => {
      isDown ||= error instanceof HttpError;
      throw error;
    });
  };

  /** Whether the place may be asked for a manifest by itself. */
  const isFree = (): boolean => !place.client.isMetered() || (place.client.quota()?.remaining ?? 0) > 0;

  return {
    note(digest, hash) {
      hashes.set(digest, hash);
    },
    async get(name, digest) {
      const hash = hashes.get(digest);
      if (store.get(digest) === undefined && hash !== undefined) await readPublished(hash);
      const inHand = store.get(digest);
      if (inHand !== undefined) return inHand;
      const isOwn = isSamePlace(source, place, name);
      const manifest = await firstAnswer([
        () => (isOwn ? null : askSource(() => source.reader.getManifest(source.repository(name), digest))),
        // One pull, for all of them.
        async () => (hash !== undefined && (await readSetOf(place, hash)) ? (store.get(digest) ?? null) : null),
        () => (isFree() ? place.client.getManifest(place.repository(name), digest) : null),
      ]);
      if (manifest === null) {
        const where = formatReference(place.client.registry, place.repository(name), digest);
        throw new OciError('not-found', `${where} is not to be had, so nothing can be tagged`, {
          next: 'Copy the container there (again): tag-and-push-containers.',
        });
      }
      store.add(manifest);
      return manifest;
    },
  };
}

/** Asks one after the other until one answers. A dead source must not keep a place from using its own. */
async function firstAnswer<Answer>(asks: readonly (() => Promise<Answer | null> | null)[]): Promise<Answer | null> {
  const errors: unknown[] = [];
  for (const ask of asks) {
    const answer = await (ask() ?? Promise.resolve(null)).catch((error: unknown) => {
      errors.push(error);
      return null;
    });
    if (answer !== null) return answer;
  }
  if (errors.length > 0) throw errors[0];
  return null;
}
