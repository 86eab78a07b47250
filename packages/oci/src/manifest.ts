import { createHash } from 'node:crypto';
import { type Digest, parseDigest, ParseError } from '@tagflow/model';
import { OciError } from './error.ts';

/** A content that a manifest refers to. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** True where the content is to be had elsewhere and may be absent here (Windows base layers). */
  readonly isForeign: boolean;
  readonly annotations: Readonly<Record<string, string>>;
}

/** An image manifest or an index, with the bytes that its digest is of: they are never written anew. */
export interface Manifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  /** The manifests of an index. */
  readonly children: readonly Descriptor[];
  /** Config and layers, each digest once. */
  readonly blobs: readonly Descriptor[];
}

export const mediaTypes = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
} as const;

/** All of them go in every Accept: a registry answers 404 for a manifest whose type is not among them. */
export const manifestTypes: readonly string[] = Object.values(mediaTypes);
/** The beginning of two types: plain (`+json`) and signed (`+prettyjws`). */
const schema1 = 'application/vnd.docker.distribution.manifest.v1';
/** Those of the types that list other manifests. */
export const indexTypes: readonly string[] = [mediaTypes.ociIndex, mediaTypes.dockerList];

/** Returns the digest of bytes. */
export function sha256(bytes: Uint8Array): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
}

/**
 * Returns a manifest with what it refers to.
 * @param where what to call it in an error
 * @throws OciError `schema1` for the old Docker form, `unexpected-answer` for everything that is no manifest
 */
export function parseManifest(bytes: Uint8Array, mediaType: string, where: string): Manifest {
  refuseSchema1(mediaType, where);
  if (!manifestTypes.includes(mediaType)) throw odd(where, `is of the type "${mediaType}", which is no manifest`);
  let data: unknown;
  try {
    data = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw odd(where, 'is not JSON', cause);
  }
  const top = fieldsOf(data, where);
  if (top['schemaVersion'] === 1) refuseSchema1(schema1, where);
  const digest = sha256(bytes);
  if (indexTypes.includes(mediaType)) {
    const children = listOf(top['manifests'], `${where}: manifests`).map((item) => descriptorOf(item, where));
    return { digest, mediaType, bytes, children, blobs: [] };
  }
  const layers = listOf(top['layers'], `${where}: layers`).map((item) => descriptorOf(item, where));
  const blobs = new Map([descriptorOf(top['config'], where), ...layers].map((blob) => [blob.digest, blob]));
  return { digest, mediaType, bytes, children: [], blobs: [...blobs.values()] };
}

/** @throws OciError `schema1` when the media type is that of Docker's first manifests. */
export function refuseSchema1(mediaType: string, where: string): void {
  if (!mediaType.startsWith(schema1)) return;
  throw new OciError('schema1', `${where} is a manifest of Docker's schema 1, which registries no longer take`, {
    next: 'Build and push the container anew with a current tool.',
  });
}

function descriptorOf(item: unknown, where: string): Descriptor {
  const fields = fieldsOf(item, where);
  const { mediaType, digest, size, urls } = fields;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw odd(where, 'has a descriptor without a size');
  try {
    return {
      mediaType: typeof mediaType === 'string' ? mediaType : '',
      digest: parseDigest(`${digest}`),
      size,
      isForeign: Array.isArray(urls) && urls.length > 0,
      annotations: annotationsOf(fields['annotations']),
    };
  } catch (cause) {
    if (cause instanceof ParseError) throw odd(where, `has a descriptor without a sha256 digest`, cause);
    throw cause;
  }
}

function annotationsOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(Object(value)).map(([key, text]) => [key, String(text)]));
}

function fieldsOf(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw odd(where, 'is not an object');
  return value as Record<string, unknown>;
}

function listOf(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw odd(where, 'is not a list');
  return value;
}

function odd(where: string, why: string, cause?: unknown): OciError {
  return new OciError('unexpected-answer', `${where} ${why}`, { cause });
}
