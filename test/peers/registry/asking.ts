import { createHash } from 'node:crypto';

/** A registry that questions are asked of. */
export interface RegistryUnderTest {
  readonly url: string;
}

export interface Said {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

export interface Asking {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

/** A question, and what every release of a registry answers, or each of the two. */
export interface Question {
  readonly title: string;
  /** Asks in repositories of its own, and returns what is compared. */
  readonly ask: (registry: RegistryUnderTest) => Promise<unknown>;
  readonly answer: unknown;
  /** What 3.1 answers where it differs. */
  readonly v3?: unknown;
}

export const types = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
} as const;

/** Sends one request with these headers and no client of ours in between. `path` may be a whole URL. */
export async function ask(
  { url }: RegistryUnderTest,
  method: string,
  path: string,
  { headers = {}, body }: Asking = {},
): Promise<Said> {
  const response = await fetch(new URL(path, url), {
    ...{ method, headers, redirect: 'manual' },
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  });
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
}

/** Returns the status and the codes of the errors in the body: `400 MANIFEST_BLOB_UNKNOWN`. */
export function brief({ status, body }: Said): string {
  let errors: readonly { readonly code?: string }[] = [];
  try {
    errors = (JSON.parse(body.toString()) as { readonly errors?: typeof errors }).errors ?? [];
  } catch {
    // No JSON, no codes.
  }
  return [status, ...errors.map(({ code }) => code)].join(' ');
}

export function digestOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Opens an upload and returns where its bytes go. */
export async function openUpload(registry: RegistryUnderTest, repository: string): Promise<string> {
  const opened = await ask(registry, 'POST', `/v2/${repository}/blobs/uploads/`);
  if (opened.status !== 202) throw new Error(`POST to ${repository}: ${brief(opened)}`);
  return opened.headers.get('location') ?? '';
}

/** Returns where an upload is finished: its query is the registry's own, so the digest is added to it. */
export function withDigest(location: string, digest: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
}

/** Puts a blob, in two requests. */
export async function putBlob(registry: RegistryUnderTest, repository: string, bytes: Uint8Array | string) {
  const digest = digestOf(bytes);
  const location = await openUpload(registry, repository);
  const headers = { 'content-type': 'application/octet-stream' };
  const done = await ask(registry, 'PUT', withDigest(location, digest), { headers, body: bytes });
  if (done.status !== 201) throw new Error(`PUT blob to ${repository}: ${brief(done)}`);
  return { digest, size: Buffer.byteLength(bytes) };
}

export async function putManifest(
  registry: RegistryUnderTest,
  repository: string,
  reference: string,
  { type, text, headers = {} }: { type: string; text: string; headers?: Readonly<Record<string, string>> },
): Promise<Said> {
  const path = `/v2/${repository}/manifests/${reference}`;
  return ask(registry, 'PUT', path, { headers: { 'content-type': type, ...headers }, body: text });
}

export interface ImageOptions {
  readonly layerType?: string;
  /** Fields that replace those of the manifest. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Makes the config, and so the digest, another. */
  readonly salt?: string;
}

/** Puts config and layer of a small OCI image, and returns its manifest, which is not put. */
export async function imageIn(registry: RegistryUnderTest, repository: string, options: ImageOptions = {}) {
  const { layerType = 'application/vnd.oci.image.layer.v1.tar+gzip', fields = {}, salt = '' } = options;
  const config = await putBlob(registry, repository, JSON.stringify({ architecture: 'amd64', os: 'linux', salt }));
  const layer = await putBlob(registry, repository, `a layer of ${repository}`);
  const text = JSON.stringify({
    ...{ schemaVersion: 2, mediaType: types.ociManifest },
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: [{ mediaType: layerType, ...layer }],
    ...fields,
  });
  return { type: types.ociManifest, text, digest: digestOf(text), config, layer };
}
