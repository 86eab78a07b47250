import type { Digest } from '@tagflow/model';
import { OciError } from './error.ts';
import type { Manifest } from './manifest.ts';
import type { ManifestSource } from './source.ts';

/**
 * Manifests whose bytes are in hand. A digest names the same bytes in every registry, so that what one of them sent can
 * be put into another, or under a second tag, without asking again.
 */
export interface ManifestStore {
  get(digest: Digest): Manifest | undefined;
  add(manifest: Manifest): void;
}

export function createManifestStore(): ManifestStore {
  const kept = new Map<Digest, Manifest>();
  return {
    get: (digest) => kept.get(digest),
    add: (manifest) => void kept.set(manifest.digest, manifest),
  };
}

/**
 * Returns a manifest by its digest: what is in hand, else what the source sends, which is kept then.
 * @throws OciError `not-found`
 */
export async function manifestFrom(
  store: ManifestStore,
  source: ManifestSource,
  repository: string,
  digest: Digest,
): Promise<Manifest> {
  const known = store.get(digest);
  if (known !== undefined) return known;
  const manifest = await source.getManifest(repository, digest);
  if (manifest === null) throw new OciError('not-found', `${source.name}/${repository}@${digest} is not there`);
  store.add(manifest);
  return manifest;
}
