import type { Readable } from 'node:stream';
import { type Digest, parseDigest } from '@tagflow/model';
import { explainAnswer } from './answer-error.ts';
import type { CredentialsProvider } from './auth/docker-config.ts';
import { OciError } from './error.ts';
import { type Descriptor, type Manifest, manifestTypes, parseManifest, refuseSchema1, sha256 } from './manifest.ts';
import type { RegistryAddress } from './reference.ts';
import type { ManifestSource } from './source.ts';
import { createWire, type OciEffects } from './wire.ts';

/** An open upload: where its bytes go. */
export interface Upload {
  readonly repository: string;
  readonly url: string;
}

/** The distribution API of one registry. `reference` is a tag or a digest. */
export interface RegistryClient extends ManifestSource {
  readonly registry: RegistryAddress;
  readonly origin: string;
  putManifest(repository: string, reference: string, manifest: Manifest): Promise<void>;
  /**
   * Asks for a blob that `from` holds, which may be the repository itself. `mounted`: it is there now; else the upload
   * that the registry opened instead.
   */
  startUpload(repository: string, digest: Digest, from: string): Promise<'mounted' | Upload>;
  finishUpload(upload: Upload, blob: Descriptor, body: AsyncIterable<Uint8Array>): Promise<void>;
}

const accept = manifestTypes.join(', ');
const smallBlob = 16 * 1024 * 1024;

/** Returns a client; nothing is sent before a method is called. */
export function createRegistryClient(
  registry: RegistryAddress,
  credentials: CredentialsProvider,
  effects: OciEffects,
): RegistryClient {
  const wire = createWire(registry, credentials, effects);
  const manifestPath = (repository: string, reference: string) => `/v2/${repository}/manifests/${reference}`;
  const read = (repository: string) => ({ repository, write: false });
  const write = (repository: string) => ({ repository, write: true });
  const named = (repository: string, reference: string) =>
    `${registry.name}/${repository}${reference.includes(':') ? '@' : ':'}${reference}`;

  const getManifest = async (repository: string, reference: string): Promise<Manifest | null> => {
    const what = named(repository, reference);
    const response = await wire.send({
      ...{ method: 'GET', target: manifestPath(repository, reference), access: read(repository), headers: { accept } },
    });
    if (response.status === 404) return null;
    if (response.status !== 200) throw wire.fail(`GET ${what}`, response);
    const manifest = parseManifest(response.body, plainType(response.headers), what);
    const claimed = reference.includes(':') ? reference : response.headers['docker-content-digest'];
    if (claimed !== undefined && claimed !== manifest.digest)
      throw mismatch(`manifest ${what}`, claimed, manifest.digest);
    return manifest;
  };

  return {
    registry,
    name: registry.name,
    origin: registry.origin,
    getManifest,
    async headManifest(repository, reference) {
      const what = named(repository, reference);
      const response = await wire.send({
        ...{
          method: 'HEAD',
          target: manifestPath(repository, reference),
          access: read(repository),
          headers: { accept },
        },
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
    async putManifest(repository, reference, manifest) {
      const what = named(repository, reference);
      const response = await wire.send({
        ...{ method: 'PUT', target: manifestPath(repository, reference), access: write(repository) },
        ...{ headers: { 'content-type': manifest.mediaType }, body: manifest.bytes },
      });
      if (response.status !== 201 && response.status !== 200) throw wire.fail(`PUT ${what}`, response);
      const stored = response.headers['docker-content-digest'] ?? manifest.digest;
      if (stored !== manifest.digest)
        throw mismatch(`PUT ${what}: the registry stored another manifest`, manifest.digest, stored);
    },
    async hasBlob(repository, digest) {
      const response = await wire.send({
        ...{ method: 'HEAD', target: `/v2/${repository}/blobs/${digest}`, access: read(repository) },
      });
      if (response.status === 404) return false;
      if (response.status !== 200) throw wire.fail(`HEAD blob ${named(repository, digest)}`, response);
      return true;
    },
    async readBlob(repository, blob) {
      const what = `blob ${named(repository, blob.digest)}`;
      if (blob.size > smallBlob)
        throw new OciError('refused', `${what} has ${blob.size} bytes: too many to be read at once`);
      const response = await wire.send({
        ...{ method: 'GET', target: `/v2/${repository}/blobs/${blob.digest}`, access: read(repository) },
      });
      if (response.status !== 200) throw wire.fail(`GET ${what}`, response);
      const found = sha256(response.body);
      if (found !== blob.digest) throw mismatch(what, blob.digest, found);
      return response.body;
    },
    async openBlob(repository, blob, offset = 0) {
      const response = await wire.open({
        ...{ method: 'GET', target: `/v2/${repository}/blobs/${blob.digest}`, access: read(repository) },
        ...(offset === 0 ? {} : { headers: { range: `bytes=${offset}-` } }),
      });
      if (response.status === (offset === 0 ? 200 : 206)) return response.body;
      throw await failStream(`GET blob ${named(repository, blob.digest)}`, response, effects);
    },
    async startUpload(repository, digest, from) {
      const target = `/v2/${repository}/blobs/uploads/`;
      const post = (query: string, access: Parameters<typeof wire.send>[0]['access']) =>
        wire.send({
          method: 'POST',
          target: `${target}${query}`,
          access,
          headers: { 'content-length': '0' },
          retrySafe: true,
        });
      const query = `?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`;
      // Some registries refuse a mount that they cannot do, and some token servers a token for two repositories, where
      // the specification says that an upload is opened instead.
      const mounting = await post(query, { ...write(repository), mountFrom: from }).catch((error: unknown) => {
        if (from !== repository && error instanceof OciError && error.code === 'unauthorized') return null;
        throw error;
      });
      const refused = mounting === null || (mounting.status >= 400 && mounting.status < 500 && mounting.status !== 429);
      const response = refused ? await post('', write(repository)) : mounting;
      if (response.status === 201) return 'mounted';
      const location = response.headers['location'];
      if (response.status !== 202 || location === undefined) {
        throw wire.fail(`POST upload to ${registry.name}/${repository}`, response);
      }
      return { repository, url: new URL(location, response.url).href };
    },
    async finishUpload(upload, blob, body) {
      // The location holds a state of the registry's own, so its query is kept letter by letter.
      const target = `${upload.url}${upload.url.includes('?') ? '&' : '?'}digest=${encodeURIComponent(blob.digest)}`;
      const response = await wire.open({
        ...{ method: 'PUT', target, access: write(upload.repository) },
        ...{ headers: { 'content-type': 'application/octet-stream' }, stream: { body, length: blob.size } },
      });
      if (response.status !== 201) {
        throw await failStream(`PUT blob ${named(upload.repository, blob.digest)}`, response, effects);
      }
      response.body.resume();
    },
  };
}

async function failStream(
  what: string,
  response: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: Readable },
  effects: OciEffects,
): Promise<OciError> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > 64 * 1024) break;
  }
  const { status, headers } = response;
  return explainAnswer({ status, headers, text: Buffer.concat(chunks).toString('utf8') }, what, effects.clock.now());
}

function plainType(headers: Readonly<Record<string, string>>): string {
  return (headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
}

function mismatch(what: string, expected: string, found: string): OciError {
  return new OciError('digest-mismatch', `${what}: expected ${expected}, found ${found}`);
}
