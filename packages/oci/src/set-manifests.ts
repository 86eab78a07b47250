import { OciError } from './error.ts';
import { type Manifest, parseManifest } from './manifest.ts';

/** The bytes of a set's manifests, so that tags can be moved without asking for each of them. */
export const manifestsType = 'application/vnd.tagflow.manifests.v1+json';

/** Returns the manifests as one blob: the same bytes for the same manifests. */
export function formatManifests(manifests: readonly Manifest[]): Buffer {
  const sorted = manifests.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
  const entries = sorted.map(({ mediaType, bytes }) => ({ mediaType, bytes: Buffer.from(bytes).toString('base64') }));
  return Buffer.from(JSON.stringify(entries));
}

/**
 * Returns the manifests of such a blob, each with the digest of its own bytes: whoever wrote them, they can only be what
 * their digests say.
 * @throws OciError `unexpected-answer`
 */
export function parseManifests(blob: Uint8Array, where: string): readonly Manifest[] {
  let data: unknown;
  try {
    data = JSON.parse(Buffer.from(blob).toString('utf8'));
  } catch (cause) {
    throw new OciError('unexpected-answer', `${where}: the manifests of the set are not JSON`, { cause });
  }
  if (!Array.isArray(data)) throw new OciError('unexpected-answer', `${where}: the manifests of the set are no list`);
  return data.map((entry: unknown) => {
    const { mediaType, bytes } = Object(entry) as Record<string, unknown>;
    return parseManifest(Buffer.from(String(bytes), 'base64'), String(mediaType), `${where}: a manifest of the set`);
  });
}
