import { createHash } from 'node:crypto';
import { parseDigest } from '@tagflow/model';
import { type Answer, answer, answerJson, type Complaint, refuse } from './answer.ts';
import { digestOf, notAllowed } from './blobs.ts';
import type { Call } from './call.ts';
import { findManifest, repositoryOf } from './contents.ts';
import { readManifest } from './manifest-rules.ts';

const largestManifest = 4 * 1024 * 1024;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** Answers HEAD, GET, PUT and DELETE of a manifest by tag or digest. */
export async function answerManifest(call: Call): Promise<Answer> {
  if (call.method === 'PUT') return putManifest(call);
  const { repository: name, reference } = call.route;
  if (call.method === 'DELETE') return deleteManifest(call);
  if (call.method !== 'GET' && call.method !== 'HEAD') return notAllowed();
  const manifest = findManifest(call.contents, name, reference);
  // A type that the client does not accept reads as absent: 404, not 406.
  if (manifest === undefined || !accepts(call.headers.accept ?? '', manifest.mediaType)) {
    return refuse(404, { code: 'MANIFEST_UNKNOWN', message: 'manifest unknown', detail: { Tag: reference } });
  }
  const headers = { 'docker-content-digest': manifest.digest, etag: `"${manifest.digest}"` };
  if (call.headers['if-none-match'] === headers.etag) return answer(304, headers);
  return {
    status: 200,
    headers: { ...headers, 'content-type': manifest.mediaType, 'content-length': `${manifest.body.length}` },
    body: call.method === 'HEAD' ? null : manifest.body,
  };
}

function accepts(header: string, mediaType: string): boolean {
  return header.split(',').some((item) => item.split(';')[0]?.trim() === mediaType);
}

async function putManifest(call: Call): Promise<Answer> {
  const { repository: name, reference } = call.route;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of call.body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > largestManifest) return refuse(413, { code: 'MANIFEST_INVALID', message: 'manifest too large' });
  }
  const body = Buffer.concat(chunks);
  const digest = parseDigest(`sha256:${createHash('sha256').update(body).digest('hex')}`);
  const byDigest = reference.includes(':');
  if (byDigest && reference !== digest) {
    return refuse(400, { code: 'DIGEST_INVALID', message: 'provided digest did not match uploaded content' });
  }
  if (!byDigest && !tagPattern.test(reference)) {
    return refuse(400, { code: 'TAG_INVALID', message: 'manifest tag did not match URI' });
  }
  const mediaType = (call.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
  const facts = readManifest(body, mediaType);
  if (typeof facts === 'string')
    return refuse(400, { code: 'MANIFEST_INVALID', message: 'manifest invalid', detail: facts });
  const repository = repositoryOf(call.contents, name);
  if (facts.nondistributable.some((layer) => !repository.blobs.has(layer))) {
    return refuse(500, { code: 'UNKNOWN', message: 'unknown error' });
  }
  const missing = [
    ...facts.blobs.filter((blob) => !repository.blobs.has(blob)),
    ...facts.children.filter((child) => !repository.manifests.has(child)),
  ].map((gone): Complaint => ({ code: 'MANIFEST_BLOB_UNKNOWN', message: 'blob unknown to registry', detail: gone }));
  if (missing.length > 0) return refuse(400, ...missing);
  repository.manifests.set(digest, { digest, mediaType, body });
  if (!byDigest && !call.losesTag) repository.tags.set(reference, digest);
  return answer(201, {
    location: `${call.base}/v2/${name}/manifests/${digest}`,
    'docker-content-digest': digest,
  });
}

function deleteManifest(call: Call): Answer {
  const { repository: name, reference } = call.route;
  const repository = call.contents.repositories.get(name);
  const digest = digestOf(reference);
  if (digest === null) {
    if (call.engine === 'v2') return refuse(400, { code: 'UNSUPPORTED', message: 'The operation is unsupported.' });
    if (repository?.tags.delete(reference) === true) return answer(202);
    return refuse(404, { code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' });
  }
  if (repository?.manifests.delete(digest) !== true) {
    return refuse(404, { code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' });
  }
  for (const [tag, target] of repository.tags) if (target === digest) repository.tags.delete(tag);
  return answer(202);
}

/** Answers `tags/list`: all tags sorted; 3.1 pages with `n` and `last`, 2.8 does not. */
export function answerTags(call: Call): Answer {
  const name = call.route.repository;
  const repository = call.contents.repositories.get(name);
  if (repository === undefined || repository.tags.size === 0) {
    return refuse(404, { code: 'NAME_UNKNOWN', message: 'repository name not known to registry', detail: { name } });
  }
  const all = [...repository.tags.keys()].sort();
  const count = Number(call.url.searchParams.get('n') ?? 'NaN');
  if (call.engine === 'v2' || !Number.isInteger(count)) return answerJson(200, { name, tags: all });
  const last = call.url.searchParams.get('last') ?? '';
  const rest = all.filter((tag) => tag > last);
  const page = rest.slice(0, count);
  const link =
    rest.length > count ? { link: `</v2/${name}/tags/list?last=${page.at(-1)}&n=${count}>; rel="next"` } : {};
  return answerJson(200, { name, tags: page }, link);
}
