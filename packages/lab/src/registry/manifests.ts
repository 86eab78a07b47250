import { createHash } from 'node:crypto';
import { parseDigest } from '@tagflow/model';
import { type Answer, answer, type Complaint, refuse } from './answer.ts';
import { digestOf, notAllowed } from './blobs.ts';
import type { Call } from './call.ts';
import { findManifest, repositoryOf } from './contents.ts';
import { refuseImmutable } from './immutable.ts';
import { readManifest } from './manifest-rules.ts';
import { complaintsOf } from './reference-rules.ts';

const largestManifest = 4 * 1024 * 1024;
const wrongDigest: Complaint = {
  code: 'DIGEST_INVALID',
  message: 'provided digest did not match uploaded content',
};

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
  if (byDigest && reference !== digest) return refuse(400, wrongDigest);
  const mediaType = (call.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
  const facts = readManifest(body, mediaType);
  if ('code' in facts) return refuseManifest(call, [facts]);
  const { immutable, referrers } = call.rules;
  const known = call.contents.repositories.get(name);
  const isTaken = known?.tags.has(reference) === true;
  if (isTaken && immutable?.tags.test(reference) === true) return refuseImmutable(immutable.like, name, reference);
  const { engine, rules } = call;
  const complaints = facts.references.flatMap((one) =>
    complaintsOf(one, { engine, rules, repository: known, mediaType }),
  );
  if (complaints.length > 0) return refuseManifest(call, complaints);
  const repository = repositoryOf(call.contents, name);
  repository.manifests.set(digest, { digest, mediaType, body });
  if (!byDigest && !call.losesTag) repository.tags.set(reference, digest);
  return answer(201, {
    location: `${call.base}/v2/${name}/manifests/${digest}`,
    'docker-content-digest': digest,
    ...(referrers === true && facts.subject !== null ? { 'oci-subject': facts.subject } : {}),
  });
}

/** The first of the errors decides the status. 2.8 tells the words of none of its own. */
function refuseManifest({ engine }: Call, complaints: readonly Complaint[]): Answer {
  const said = complaints.map((one) =>
    engine === 'v2' && one.code !== 'MANIFEST_BLOB_UNKNOWN' && one.detail !== undefined ? { ...one, detail: {} } : one,
  );
  return refuse(complaints[0]?.code === 'UNKNOWN' ? 500 : 400, ...said);
}

function deleteManifest(call: Call): Answer {
  const { repository: name, reference } = call.route;
  const repository = call.contents.repositories.get(name);
  const digest = digestOf(reference);
  if (digest === null) {
    if (call.engine === 'v2' || reference.includes(':')) return refuse(400, wrongDigest);
    if (repository?.tags.delete(reference) === true) return answer(202);
    return refuse(404, { code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' });
  }
  if (repository?.manifests.delete(digest) !== true) {
    return refuse(404, { code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' });
  }
  for (const [tag, target] of repository.tags) if (target === digest) repository.tags.delete(tag);
  return answer(202);
}
