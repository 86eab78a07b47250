import type { Complaint } from './answer.ts';
import { digestOf } from './blobs.ts';
import type { Call } from './call.ts';
import type { Repository } from './contents.ts';
import { manifestTypes, type Reference, unknown } from './manifest-rules.ts';
import { hasDigestForm } from './route.ts';

/** What of a request decides how a reference is looked at. */
interface ReferenceContext extends Pick<Call, 'engine' | 'rules'> {
  readonly repository: Repository | undefined;
  /** Of the manifest. */
  readonly mediaType: string;
}

const dockerForeign = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
/** The OCI layers whose URLs are looked at: zstd came too late. */
const ociLayer = /^application\/vnd\.oci\.image\.layer\.(nondistributable\.)?v1\.tar(\+gzip)?$/;

/** Returns what a registry complains of in one reference of a manifest; empty when it takes it. */
export function complaintsOf(reference: Reference, context: ReferenceContext): readonly Complaint[] {
  const { digest, role } = reference;
  const notThere: Complaint = { code: 'MANIFEST_BLOB_UNKNOWN', message: 'blob unknown to registry', detail: digest };
  const wrongUrl = urlProblem(reference, context);
  // An error without a code of its own is there twice, once without its words.
  if (wrongUrl !== null) return [unknown(), unknown(wrongUrl), notThere];
  if (mayBeAbsent(reference, context)) return [];
  const known = digestOf(digest);
  if (known === null) return [...wrongDigest(digest), notThere];
  const { manifests, blobs } = context.repository ?? {};
  return (role === 'child' ? manifests?.has(known) : blobs?.has(known)) === true ? [] : [notThere];
}

function urlProblem({ role, mediaType, hasUrls }: Reference, context: ReferenceContext): string | null {
  if (role !== 'layer') return null;
  const isForeign = context.mediaType === manifestTypes[2] && mediaType === dockerForeign;
  if (isForeign && !hasUrls) return 'missing URL on layer';
  const isLookedAt = isForeign || (context.mediaType === manifestTypes[0] && ociLayer.test(mediaType));
  return isLookedAt && hasUrls && context.rules.layerUrls !== true ? 'invalid URL on layer' : null;
}

function mayBeAbsent({ role, mediaType, hasUrls }: Reference, { engine, mediaType: of }: ReferenceContext): boolean {
  if (!hasUrls || role === 'child') return false;
  // 2.8 believes every URL, whatever the type of what it is the URL of.
  if (engine === 'v2') return true;
  return of === manifestTypes[2] ? mediaType === dockerForeign : ociLayer.exec(mediaType)?.[1] !== undefined;
}

function wrongDigest(digest: string): readonly Complaint[] {
  return hasDigestForm(digest)
    ? [unknown(), unknown('invalid checksum digest length')]
    : [{ code: 'DIGEST_INVALID', message: 'provided digest did not match uploaded content' }];
}
