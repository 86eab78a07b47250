import type { Digest } from '@tagflow/model';
import type { CredentialsProvider } from '../auth/docker-config.ts';
import { type Blobs, createBlobs } from '../blobs.ts';
import { createManifests, type Manifests } from '../manifests.ts';
import {
  formatNamespace,
  formatReference,
  type NamePattern,
  type NamespaceReference,
  parseNamePattern,
  parseNamespace,
  repositoryIn,
} from '../reference.ts';
import type { PlaceDescription } from '../place.ts';
import type { Quota } from '../quota.ts';
import { createWire, type OciEffects } from '../wire.ts';

/** A namespace of a registry, to be read from only. */
export interface ContainerReader extends Pick<Manifests, 'getManifest' | 'headManifest'> {
  /** Such as `quay.io/tripleomaster`. */
  readonly title: string;
  /** The bytes of a small blob, and of any, checked by whoever takes them. */
  readonly blobs: Pick<Blobs, 'readBlob' | 'openBlob'>;
  repository(name: string): string;
  /** How people write a manifest or a blob of a repository. */
  where(repository: string, digest: Digest): string;
  /** Returns how long a blob is, `unknown` where the registry does not say; null when it is not there. */
  blobSize(repository: string, digest: Digest): Promise<number | 'unknown' | null>;
  /** Whether each GET of a manifest counts against a quota, and what the registry said last of it. */
  readonly isMetered: boolean;
  quota(): Quota | null;
}

/**
 * Returns the reader; nothing is sent.
 * @throws OciError `bad-reference`
 */
export function openReader(
  { url, namePattern, plainHttp }: PlaceDescription,
  credentials: CredentialsProvider,
  effects: OciEffects,
): ContainerReader {
  const namespace: NamespaceReference = parseNamespace(url, { plainHttp: plainHttp === true });
  const pattern: NamePattern = parseNamePattern(namePattern ?? '{name}');
  const { registry } = namespace;
  const wire = createWire(registry, credentials, effects);
  const { getManifest, headManifest } = createManifests(registry, wire);
  return {
    ...{ getManifest, headManifest, title: formatNamespace(namespace), blobs: createBlobs(registry, wire) },
    repository: (name) => repositoryIn(namespace, pattern.format(name)),
    where: (repository, digest) => formatReference(registry, repository, digest),
    isMetered: registry.name === 'docker.io',
    quota: () => wire.quota(),
    async blobSize(repository, digest) {
      const target = `/v2/${repository}/blobs/${digest}`;
      const response = await wire.send({ method: 'HEAD', target, access: { repository, write: false } });
      if (response.status === 404) return null;
      if (response.status !== 200) throw wire.fail(`HEAD ${formatReference(registry, repository, digest)}`, response);
      const length = response.headers['content-length'];
      return length === undefined ? 'unknown' : Number(length);
    },
  };
}
