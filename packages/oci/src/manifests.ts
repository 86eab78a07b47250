import { type Digest, parseDigest } from '@tagflow/model';
import { OciError } from './error.ts';
import { type Manifest, manifestTypes, parseManifest, refuseSchema1 } from './manifest.ts';
import { formatReference, type RegistryAddress } from './reference.ts';
import type { ManifestSource } from './source.ts';
import type { Wire } from './wire.ts';

/** What a registry said to a manifest that it took. */
export interface Stored {
  /** Whether it took note of the manifest's subject by itself, so that its list of referrers has it. */
  readonly knowsSubject: boolean;
}

export interface PutOptions {
  /** False: an answer that puts it off, or none at all, is the caller's business at once. Default true. */
  readonly waits?: boolean;
}

/** Manifests of one registry. `reference` is a tag or a digest. */
export interface Manifests extends Pick<ManifestSource, 'headManifest' | 'getManifest'> {
  /** @throws OciError `immutable`, `denied`, `digest-mismatch`, … */
  putManifest(repository: string, reference: string, manifest: Manifest, options?: PutOptions): Promise<Stored>;
}

const accept = manifestTypes.join(', ');

export function createManifests(registry: RegistryAddress, wire: Wire): Manifests {
  const pathOf = (repository: string, reference: string) => `/v2/${repository}/manifests/${reference}`;

  const getManifest: Manifests['getManifest'] = async (repository, reference) => {
    const what = formatReference(registry, repository, reference);
    const response = await wire.send({
      ...{ method: 'GET', target: pathOf(repository, reference), access: { repository, write: false } },
      headers: { accept },
    });
    if (response.status === 404) return null;
    if (response.status !== 200) throw wire.fail(`GET ${what}`, response);
    const manifest = parseManifest(response.body, plainType(response.headers), what);
    const claimed = reference.includes(':') ? reference : response.headers['docker-content-digest'];
    if (claimed !== undefined && claimed !== manifest.digest) throw mismatch(what, claimed, manifest.digest);
    return manifest;
  };

  return {
    getManifest,
    async headManifest(repository, reference) {
      const what = formatReference(registry, repository, reference);
      const response = await wire.send({
        ...{ method: 'HEAD', target: pathOf(repository, reference), access: { repository, write: false } },
        headers: { accept },
      });
      if (response.status === 404) return null;
      if (response.status !== 200) throw wire.fail(`HEAD ${what}`, response);
      const mediaType = plainType(response.headers);
      refuseSchema1(mediaType, what);
      if (!manifestTypes.includes(mediaType)) {
        throw new OciError('unexpected-answer', `HEAD ${what}: the answer is "${mediaType}", which is no manifest`, {
          next: 'Check that the address is that of a registry.',
        });
      }
      const digest = response.headers['docker-content-digest'];
      // Optional in the OCI specification.
      if (digest === undefined) return getManifest(repository, reference);
      return { digest: parseDigest(digest), mediaType };
    },
    async putManifest(repository, reference, manifest, { waits } = {}) {
      const what = formatReference(registry, repository, reference);
      const response = await wire.send({
        ...{ method: 'PUT', target: pathOf(repository, reference), access: { repository, write: true } },
        ...{ headers: { 'content-type': manifest.mediaType }, body: manifest.bytes },
        ...(waits === undefined ? {} : { waits }),
      });
      if (response.status !== 201 && response.status !== 200) throw wire.fail(`PUT ${what}`, response);
      const stored = response.headers['docker-content-digest'] ?? manifest.digest;
      if (stored !== manifest.digest)
        throw mismatch(`PUT ${what}: the registry stored another manifest`, manifest.digest, stored);
      return { knowsSubject: response.headers['oci-subject'] !== undefined };
    },
  };
}

function plainType(headers: Readonly<Record<string, string>>): string {
  return (headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
}

function mismatch(what: string, expected: Digest | string, found: Digest | string): OciError {
  return new OciError('digest-mismatch', `${what}: expected ${expected}, found ${found}`);
}
