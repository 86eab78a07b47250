import type { Digest } from '@tagflow/model';
import { parseReferrers, type ReferrerDescriptor } from '../listings.ts';
import { type Manifest, mediaTypes, sha256 } from '../manifest.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Returns what the index under the tag of a subject lists; null where the tag names something else. `cosign copy` gives
 * this very tag to the subject itself, whose children are no referrers.
 */
export function readReferrersIndex(index: Manifest, subject: Digest): readonly ReferrerDescriptor[] | null {
  if (index.mediaType !== mediaTypes.ociIndex || index.digest === subject) return null;
  return parseReferrers(textOf(index), `index of the referrers of ${subject}`);
}

/**
 * Returns the index with these manifests besides what it lists already, every entry and field of it kept as it is; null
 * when it lists them all.
 * @param index null: there is none yet
 */
export function mergeReferrers(index: Manifest | null, referrers: readonly Manifest[]): Manifest | null {
  const before: Fields =
    index === null ? { schemaVersion: 2, mediaType: mediaTypes.ociIndex } : Object(JSON.parse(textOf(index)));
  const entries = (before['manifests'] ?? []) as readonly Fields[];
  const listed = new Set(entries.map(({ digest }) => digest));
  const added = referrers.filter(({ digest }) => !listed.has(digest));
  if (added.length === 0) return null;
  const bytes = Buffer.from(JSON.stringify({ ...before, manifests: [...entries, ...added.map(describeReferrer)] }));
  const children = [...(index?.children ?? []), ...added.map(asChild)];
  return { digest: sha256(bytes), mediaType: mediaTypes.ociIndex, bytes, children, blobs: [] };
}

/**
 * Returns the entry of a manifest in a list of referrers. The OCI distribution specification («Pushing Manifests with
 * Subject») says what it holds: the type of the config where an image manifest has no artifact type of its own, and all
 * annotations.
 */
function describeReferrer(manifest: Manifest): Fields {
  const { artifactType, config, annotations } = Object(JSON.parse(textOf(manifest))) as Fields;
  const type =
    artifactType === undefined || artifactType === '' ? (Object(config) as Fields)['mediaType'] : artifactType;
  return {
    ...{ mediaType: manifest.mediaType, digest: manifest.digest, size: manifest.bytes.length },
    ...(type === undefined ? {} : { artifactType: type }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function asChild({ mediaType, digest, bytes }: Manifest): Manifest['children'][number] {
  return { mediaType, digest, size: bytes.length, isForeign: false, annotations: {} };
}

function textOf(manifest: Manifest): string {
  return Buffer.from(manifest.bytes).toString('utf8');
}
