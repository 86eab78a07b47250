import type { Readable } from 'node:stream';
import type { Digest } from '@tagflow/model';
import { OciError } from './error.ts';
import { type Descriptor, sha256 } from './manifest.ts';
import { formatReference, type RegistryAddress } from './reference.ts';
import type { BlobBody, ManifestSource } from './source.ts';
import { textOf, type Wire } from './wire.ts';

/** An open upload: where its bytes go. */
export interface Upload {
  readonly repository: string;
  readonly url: string;
}

/** Blobs of one registry. */
export interface Blobs extends Pick<ManifestSource, 'hasBlob' | 'readBlob' | 'openBlob' | 'sendBlob'> {
  /**
   * Asks for a blob that `from` holds, which may be the repository itself. `mounted`: it is there now; else the upload
   * that the registry opened instead.
   */
  startUpload(repository: string, digest: Digest, from: string): Promise<'mounted' | Upload>;
  /** Sends `length` bytes of an upload, beginning with byte `start`; returns where the next ones go. */
  sendChunk(
    upload: Upload,
    body: BlobBody,
    range: { readonly start: number; readonly length: number },
  ): Promise<Upload>;
  /** Returns how many bytes of an upload have arrived, and where the next ones go; null when it cannot go on. */
  resumeUpload(upload: Upload): Promise<{ readonly upload: Upload; readonly arrived: number } | null>;
  /** Ends an upload with its bytes, or with what is left of them; null: all have been sent in chunks. */
  finishUpload(upload: Upload, blob: Descriptor, body: BlobBody | null): Promise<void>;
}

const smallBlob = 16 * 1024 * 1024;
const binary = { 'content-type': 'application/octet-stream' };

export function createBlobs(registry: RegistryAddress, wire: Wire): Blobs {
  const pathOf = (repository: string, digest: Digest) => `/v2/${repository}/blobs/${digest}`;
  const read = (repository: string) => ({ repository, write: false });
  const write = (repository: string) => ({ repository, write: true });
  const named = (repository: string, digest: Digest) => `blob ${formatReference(registry, repository, digest)}`;

  const next = (
    upload: Upload,
    response: { readonly headers: Readonly<Record<string, string>>; readonly url: string },
  ) => ({
    repository: upload.repository,
    url: new URL(response.headers['location'] ?? upload.url, response.url).href,
  });

  return {
    async sendBlob(repository, blob, sink, offset = 0) {
      const target = pathOf(repository, blob.digest);
      const response = await wire.receive({ target, access: read(repository), offset }, sink);
      if (response.status === (offset === 0 ? 200 : 206)) return;
      throw wire.fail(`GET ${named(repository, blob.digest)}`, response);
    },
    async hasBlob(repository, digest) {
      const response = await wire.send({
        ...{ method: 'HEAD', target: pathOf(repository, digest), access: read(repository) },
      });
      if (response.status === 404) return false;
      if (response.status !== 200) throw wire.fail(`HEAD ${named(repository, digest)}`, response);
      return true;
    },
    async readBlob(repository, blob) {
      const what = named(repository, blob.digest);
      if (blob.size > smallBlob)
        throw new OciError('refused', `${what} has ${blob.size} bytes: too many to be read at once`);
      const response = await wire.send({
        ...{ method: 'GET', target: pathOf(repository, blob.digest), access: read(repository) },
      });
      if (response.status !== 200) throw wire.fail(`GET ${what}`, response);
      const found = sha256(response.body);
      if (found !== blob.digest) throw new OciError('digest-mismatch', `${what}: the bytes have the digest ${found}`);
      return response.body;
    },
    async openBlob(repository, blob, offset = 0): Promise<Readable> {
      const response = await wire.open({
        ...{ method: 'GET', target: pathOf(repository, blob.digest), access: read(repository) },
        ...(offset === 0 ? {} : { headers: { range: `bytes=${offset}-` } }),
      });
      if (response.status === (offset === 0 ? 200 : 206)) return response.body;
      throw wire.fail(`GET ${named(repository, blob.digest)}`, await textOf(response));
    },
    async startUpload(repository, digest, from) {
      const target = `/v2/${repository}/blobs/uploads/`;
      const post = (query: string, mountFrom: { readonly mountFrom?: string }) =>
        wire.send({
          ...{ method: 'POST', target: `${target}${query}`, access: { ...write(repository), ...mountFrom } },
          ...{ headers: { 'content-length': '0' }, retrySafe: true },
        });
      const query = `?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`;
      // Some registries refuse a mount that they cannot do, and some token servers a token for two repositories, where
      // the specification says that an upload is opened instead.
      const mounting = await post(query, { mountFrom: from }).catch((error: unknown) => {
        if (from !== repository && error instanceof OciError && error.code === 'unauthorized') return null;
        throw error;
      });
      const refused = mounting === null || (mounting.status >= 400 && mounting.status < 500 && mounting.status !== 429);
      const response = refused ? await post('', {}) : mounting;
      if (response.status === 201) return 'mounted';
      const location = response.headers['location'];
      if (response.status !== 202 || location === undefined) {
        throw wire.fail(`POST upload to ${registry.name}/${repository}`, response);
      }
      return next({ repository, url: '' }, response);
    },
    async sendChunk(upload, body, { start, length }) {
      const response = await wire.open({
        ...{ method: 'PATCH', target: upload.url, access: write(upload.repository) },
        headers: { ...binary, 'content-range': `${start}-${start + length - 1}` },
        stream: { body, length },
      });
      if (response.status !== 202) {
        throw wire.fail(`PATCH upload to ${registry.name}/${upload.repository}`, await textOf(response));
      }
      response.body.resume();
      return next(upload, response);
    },
    async resumeUpload(upload) {
      const response = await wire.send({ method: 'GET', target: upload.url, access: write(upload.repository) });
      // `0-0` is what registries answer before the first byte as well as after it.
      const last = /^(?:bytes=)?0-(\d+)$/.exec(response.headers['range'] ?? '')?.[1];
      if (response.status !== 204 || last === undefined || last === '0') return null;
      return { upload: next(upload, response), arrived: Number(last) + 1 };
    },
    async finishUpload(upload, blob, body) {
      // The location holds a state of the registry's own, so its query is kept letter by letter.
      const target = `${upload.url}${upload.url.includes('?') ? '&' : '?'}digest=${encodeURIComponent(blob.digest)}`;
      const response = await wire.open({
        ...{ method: 'PUT', target, access: write(upload.repository), headers: binary },
        stream: body === null ? { body: nothing(), length: 0 } : { body, length: blob.size },
      });
      if (response.status !== 201) {
        throw wire.fail(`PUT ${named(upload.repository, blob.digest)}`, await textOf(response));
      }
      response.body.resume();
    },
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
