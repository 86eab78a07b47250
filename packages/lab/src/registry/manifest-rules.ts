import { type Digest, parseDigest } from '@tagflow/model';

/** What a manifest says, as far as a registry cares. */
export interface ManifestFacts {
  /** Digests of other manifests (an index's children). */
  readonly children: readonly Digest[];
  /** Config and layers that have to be there. */
  readonly blobs: readonly Digest[];
  /** True for an OCI layer that may not be distributed and is not there: both engines answer 500. */
  readonly nondistributable: readonly Digest[];
}

export const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
] as const;

const indexTypes: readonly string[] = [manifestTypes[1], manifestTypes[3]];
const foreignLayer = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';

/**
 * Returns what a manifest refers to, or a sentence about why a registry refuses it: unknown media type, schema 1, a
 * body whose `mediaType` differs from the Content-Type.
 */
export function readManifest(bytes: Buffer, contentType: string): ManifestFacts | string {
  if (!manifestTypes.some((type) => type === contentType)) return `unrecognized manifest content type ${contentType}`;
  let data: unknown;
  try {
    data = JSON.parse(bytes.toString('utf8'));
  } catch {
    return 'manifest is not JSON';
  }
  const top = fields(data);
  if (top['schemaVersion'] !== 2) return 'schema version is not 2';
  const own = top['mediaType'];
  if (own !== undefined && own !== contentType) return `mediaType in manifest should be '${contentType}' not '${own}'`;
  try {
    if (indexTypes.includes(contentType)) {
      return { children: items(top['manifests']).map(digestOf), blobs: [], nondistributable: [] };
    }
    const layers = items(top['layers']);
    const hasUrls = (layer: unknown) => items(fields(layer)['urls']).length > 0;
    const typeOf = (layer: unknown) => fields(layer)['mediaType'];
    const foreign = layers.filter((layer) => hasUrls(layer) && typeOf(layer) === foreignLayer);
    const nondistributable = layers.filter((layer) => `${typeOf(layer)}`.includes('.nondistributable.'));
    const plain = layers.filter((layer) => !foreign.includes(layer) && !nondistributable.includes(layer));
    return {
      children: [],
      blobs: [top['config'], ...plain].map(digestOf),
      nondistributable: nondistributable.map(digestOf),
    };
  } catch (error) {
    return error instanceof Error ? error.message : 'manifest is malformed';
  }
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function digestOf(descriptor: unknown): Digest {
  return parseDigest(`${fields(descriptor)['digest']}`);
}
