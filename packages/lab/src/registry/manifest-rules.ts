import type { Digest } from '@tagflow/model';
import type { Complaint } from './answer.ts';
import { digestOf } from './blobs.ts';

/** Something that a manifest names by its digest. */
export interface Reference {
  readonly role: 'child' | 'config' | 'layer';
  /** As it is written, which need not be a digest. */
  readonly digest: string;
  readonly mediaType: string;
  /** It says where else it is to be had. */
  readonly hasUrls: boolean;
}

/** What a manifest says, as far as a registry cares. */
export interface ManifestFacts {
  readonly references: readonly Reference[];
  /** The manifest that it belongs to, there or not. */
  readonly subject: Digest | null;
}

export const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
] as const;

const indexTypes: readonly string[] = [manifestTypes[1], manifestTypes[3]];
const ociTypes: readonly string[] = [manifestTypes[0], manifestTypes[1]];

/**
 * Returns what a manifest refers to, or why a registry refuses it whatever it holds: `MANIFEST_INVALID` for an unknown
 * media type (schema 1), for a body whose `mediaType` differs from the Content-Type and for what has not the form of a
 * manifest; `UNKNOWN`, which both releases answer with 500, for another schema version.
 */
export function readManifest(bytes: Buffer, contentType: string): ManifestFacts | Complaint {
  if (!manifestTypes.some((type) => type === contentType)) {
    return invalid(`unsupported manifest media type and no default available: ${contentType}`);
  }
  let data: unknown;
  try {
    data = JSON.parse(bytes.toString('utf8'));
  } catch {
    return invalid('manifest is not JSON');
  }
  if (Array.isArray(data) || typeof data !== 'object') return invalid('manifest is not an object');
  const top = fields(data);
  const isIndex = indexTypes.includes(contentType);
  const isOci = ociTypes.includes(contentType);
  if (isOci && !isIndex && top['manifests'] != null) return invalid('expected manifest but found index');
  if (isOci && isIndex && (top['config'] != null || top['layers'] != null)) {
    return invalid('expected index but found manifest');
  }
  const own = top['mediaType'] ?? '';
  if (own !== contentType && !(isOci && own === '')) {
    return invalid(`mediaType in manifest should be '${contentType}' not '${String(own)}'`);
  }
  const listed = (isIndex ? top['manifests'] : top['layers']) ?? [];
  const version = top['schemaVersion'] ?? 0;
  if (!Array.isArray(listed) || typeof version !== 'number') return invalid('manifest has a field of another type');
  if (version !== 2) return unknown(`unrecognized manifest schema version ${version}`);
  const references = isIndex
    ? listed.map((child) => describe('child', child))
    : [describe('config', top['config']), ...listed.map((layer) => describe('layer', layer))];
  return { references, subject: digestOf(textOf(fields(top['subject'])['digest'])) };
}

/** Returns the complaint of what distribution has no code for. */
export function unknown(detail?: unknown): Complaint {
  return { code: 'UNKNOWN', message: 'unknown error', ...(detail === undefined ? {} : { detail }) };
}

function invalid(detail: string): Complaint {
  return { code: 'MANIFEST_INVALID', message: 'manifest invalid', detail };
}

function describe(role: Reference['role'], descriptor: unknown): Reference {
  const said = fields(descriptor);
  const urls = said['urls'];
  return {
    ...{ role, digest: textOf(said['digest']), mediaType: textOf(said['mediaType']) },
    hasUrls: Array.isArray(urls) && urls.length > 0,
  };
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
