import { randomUUID } from 'node:crypto';
import { type Digest, parseDigest, ParseError } from '@tagflow/model';
import { type Answer, answer, refuse } from './answer.ts';
import type { Call } from './call.ts';
import { repositoryOf } from './contents.ts';

/** Answers HEAD, GET (one range too) and DELETE of a blob. Links are per repository, bytes are shared. */
export function answerBlob(call: Call): Answer {
  const digest = digestOf(call.route.reference);
  if (digest === null) return refuse(400, { code: 'DIGEST_INVALID', message: 'provided digest did not match' });
  const repository = call.contents.repositories.get(call.route.repository);
  const size = repository?.blobs.has(digest) === true ? call.contents.bytes.size(digest) : undefined;
  if (repository === undefined || size === undefined) {
    return refuse(404, { code: 'BLOB_UNKNOWN', message: 'blob unknown to registry', detail: digest });
  }
  if (call.method === 'DELETE') {
    repository.blobs.delete(digest);
    return answer(202);
  }
  if (call.method !== 'GET' && call.method !== 'HEAD') return notAllowed();
  const headers = {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    etag: `"${digest}"`,
    'accept-ranges': 'bytes',
    'cache-control': 'max-age=31536000',
  };
  const range = /^bytes=(\d+)-(\d*)$/.exec(call.headers.range ?? '');
  if (range === null) {
    return {
      status: 200,
      headers: { ...headers, 'content-length': `${size}` },
      body: call.method === 'HEAD' ? null : call.contents.bytes.read(digest, 0, size - 1),
    };
  }
  const start = Number(range[1]);
  const end = Math.min(range[2] === '' ? size - 1 : Number(range[2]), size - 1);
  if (start >= size || end < start) return answer(416, { 'content-range': `bytes */${size}` });
  return {
    status: 206,
    headers: { ...headers, 'content-length': `${end - start + 1}`, 'content-range': `bytes ${start}-${end}/${size}` },
    body: call.method === 'HEAD' ? null : call.contents.bytes.read(digest, start, end),
  };
}

/**
 * Answers POST to uploads. A mount from a repository that holds the blob is done at once (201); every other POST,
 * also one with `?digest=` and a body, only opens a session (202): that is what distribution does.
 */
export async function answerUploadStart(call: Call): Promise<Answer> {
  if (call.method !== 'POST') return notAllowed();
  const mounted = digestOf(call.url.searchParams.get('mount') ?? '');
  const from = call.contents.repositories.get(call.url.searchParams.get('from') ?? '');
  const repository = repositoryOf(call.contents, call.route.repository);
  if (mounted !== null && from?.blobs.has(mounted) === true) {
    repository.blobs.add(mounted);
    return blobMade(call, mounted);
  }
  const id = randomUUID();
  repository.uploads.set(id, await call.contents.bytes.writer());
  return answer(202, sessionHeaders(call, id, 0));
}

/** Answers PATCH, PUT, GET and DELETE of an upload session. */
export async function answerUpload(call: Call): Promise<Answer> {
  const repository = call.contents.repositories.get(call.route.repository);
  const id = call.route.reference;
  const writer = repository?.uploads.get(id);
  if (repository === undefined || writer === undefined) {
    return refuse(404, { code: 'BLOB_UPLOAD_UNKNOWN', message: 'blob upload unknown to registry' });
  }
  if (call.method === 'GET') return answer(204, sessionHeaders(call, id, writer.size));
  if (call.method === 'DELETE') {
    repository.uploads.delete(id);
    await writer.abort();
    return answer(204);
  }
  if (call.method === 'PATCH') {
    const start = /^(?:bytes )?(\d+)-/.exec(call.headers['content-range'] ?? '')?.[1];
    // 2.8 takes a wrong start silently and appends; 3.1 refuses it.
    if (call.engine === 'v3' && start !== undefined && Number(start) !== writer.size) {
      return refuse(416, { code: 'RANGE_INVALID', message: 'invalid content range' });
    }
    for await (const chunk of call.body) await writer.write(chunk);
    return answer(202, sessionHeaders(call, id, writer.size));
  }
  if (call.method !== 'PUT') return notAllowed();
  const wanted = digestOf(call.url.searchParams.get('digest') ?? '');
  if (wanted === null) return refuse(400, { code: 'DIGEST_INVALID', message: 'digest missing or malformed' });
  for await (const chunk of call.body) await writer.write(chunk);
  repository.uploads.delete(id);
  const found = await writer.finish();
  if (found !== wanted) {
    await writer.abort();
    return refuse(400, { code: 'DIGEST_INVALID', message: 'provided digest did not match uploaded content' });
  }
  if (call.contents.bytes.size(found) === undefined) await writer.keep(found);
  else await writer.abort();
  repository.blobs.add(found);
  return blobMade(call, found);
}

function sessionHeaders(call: Call, id: string, size: number): Record<string, string> {
  const state = Buffer.from(`{"Name":"${call.route.repository}","UUID":"${id}","Offset":${size}}`).toString(
    'base64url',
  );
  return {
    location: `${call.base}/v2/${call.route.repository}/blobs/uploads/${id}?_state=${state}`,
    range: `0-${Math.max(0, size - 1)}`,
    'docker-upload-uuid': id,
  };
}

function blobMade(call: Call, digest: Digest): Answer {
  return answer(201, {
    location: `${call.base}/v2/${call.route.repository}/blobs/${digest}`,
    'docker-content-digest': digest,
  });
}

/** Returns the answer to a method that a resource does not know. */
export function notAllowed(): Answer {
  return refuse(405, { code: 'UNSUPPORTED', message: 'The operation is unsupported.' });
}

/** Returns the text as a digest, or null. */
export function digestOf(text: string): Digest | null {
  try {
    return parseDigest(text);
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
}
