import type { LabRegistry } from '@tagflow/lab';
import { type Digest, parseDigest } from '@tagflow/model';
import { anonymous } from '../../src/auth/docker-config.ts';
import { createListings, type Listings } from '../../src/listings.ts';
import { type Manifest, mediaTypes } from '../../src/manifest.ts';
import { createRegistryClient, type RegistryClient } from '../../src/registry.ts';
import type { Attached, AttachedSource } from '../../src/signatures/attached.ts';
import { createAttachedFinder } from '../../src/signatures/find-attached.ts';
import { createWire } from '../../src/wire.ts';
import type { World } from '../world.ts';

export const sbomType = 'application/spdx+json';
export const signatureType = 'application/vnd.cncf.notary.signature';
export const repository = 'ns/app';

export function clientOf(world: World, registry: LabRegistry): RegistryClient & Listings {
  const address = { name: registry.host, origin: registry.url };
  const wire = createWire(address, anonymous, world.effects);
  return { ...createRegistryClient(address, anonymous, world.effects), ...createListings(address, wire) };
}

/** Returns what a finder that has listed nothing yet finds of manifests whose children it is not told. */
export function findAttached(
  source: AttachedSource,
  from: string,
  digests: readonly Digest[],
): Promise<readonly Attached[]> {
  return createAttachedFinder(source).find(
    from,
    digests.map((digest) => ({ digest })),
  );
}

export const tagOf = (digest: Digest, suffix = '') => `${digest.replace(':', '-')}${suffix}`;

/** Puts an image with one layer, untagged. */
export function putApp(registry: LabRegistry, layer = 'app'): Promise<Digest> {
  return registry.putImage(repository, ['tag'], { layers: [Buffer.from(layer)] });
}

interface NewReferrer {
  readonly subject: Digest;
  readonly artifactType: string;
  readonly layer?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Puts a manifest that names its subject, as oras and notation do. */
export async function putReferrer(registry: LabRegistry, referrer: NewReferrer): Promise<Digest> {
  const { subject, artifactType, layer = `layer of ${artifactType}`, annotations } = referrer;
  const empty = await registry.putBlob(repository, Buffer.from('{}'));
  const bytes = Buffer.from(layer);
  const manifest = {
    ...{ schemaVersion: 2, mediaType: mediaTypes.ociManifest, artifactType },
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: empty, size: 2 },
    layers: [{ mediaType: artifactType, digest: await registry.putBlob(repository, bytes), size: bytes.length }],
    subject: { mediaType: mediaTypes.ociManifest, digest: subject, size: 1 },
    ...(annotations === undefined ? {} : { annotations }),
  };
  const body = Buffer.from(JSON.stringify(manifest, null, 1));
  return registry.putManifest(repository, [], body, mediaTypes.ociManifest);
}

/** Puts the index under the tag of a subject, as clients keep it for registries without the API. */
export function putReferrersIndex(registry: LabRegistry, subject: Digest, referrers: readonly Digest[]): Digest {
  const manifests = referrers.map((digest) => ({
    ...{ mediaType: mediaTypes.ociManifest, digest, size: registry.manifest(repository, digest)?.body.length ?? 1 },
    artifactType: 'kept/by-others',
  }));
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests,
    annotations: { by: 'x' },
  });
  return registry.putManifest(repository, [tagOf(subject)], Buffer.from(body), mediaTypes.ociIndex);
}

/** Puts what cosign attaches by tag: one layer for each signature, whose bytes are always the same. */
export async function putCosign(
  registry: LabRegistry,
  subject: Digest,
  suffix: string,
  signatures: readonly string[],
): Promise<Digest> {
  const payload = Buffer.from(`payload for ${subject}`);
  const config = Buffer.from(JSON.stringify({ rootfs: { type: 'layers' }, of: signatures.length }));
  const layer = {
    ...{ mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json', size: payload.length },
    digest: await registry.putBlob(repository, payload),
  };
  const manifest = {
    ...{ schemaVersion: 2, mediaType: mediaTypes.ociManifest },
    config: {
      ...{ mediaType: 'application/vnd.oci.image.config.v1+json', size: config.length },
      digest: await registry.putBlob(repository, config),
    },
    layers: signatures.map((signature) => ({
      ...layer,
      annotations: { 'dev.cosignproject.cosign/signature': signature },
    })),
  };
  const body = Buffer.from(JSON.stringify(manifest));
  return registry.putManifest(repository, [tagOf(subject, suffix)], body, mediaTypes.ociManifest);
}

/** Returns what brings a manifest's blobs from one registry to another, and which digests it was called for. */
export function contentsMover(from: LabRegistry & Blobs, to: LabRegistry, client: RegistryClient) {
  const moved: Digest[] = [];
  const putContents = async (manifest: Manifest): Promise<void> => {
    moved.push(manifest.digest);
    for (const { digest } of manifest.blobs) {
      const response = await fetch(`${from.url}/v2/${repository}/blobs/${digest}`);
      await to.putBlob(repository, Buffer.from(await response.arrayBuffer()));
    }
    for (const { digest } of manifest.children) {
      const child = await client.getManifest(repository, digest);
      if (child === null) throw new Error(`no child ${digest}`);
      await putContents(child);
      to.putManifest(repository, [], child.bytes, child.mediaType);
    }
  };
  return { putContents, moved };
}

type Blobs = Pick<LabRegistry, 'url'>;

export const someDigest = (letter: string): Digest => parseDigest(`sha256:${letter.repeat(64)}`);
