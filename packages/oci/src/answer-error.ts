import { parseRetryAfter } from '@tagflow/http';
import { type Complaint, formatComplaints, readComplaints } from './complaints.ts';
import { OciError } from './error.ts';
import { isImmutableTag } from './immutable-tag.ts';
import { formatQuota, readQuota } from './quota.ts';

/** The part of an answer that tells why it is not the expected one. */
export interface BadAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/**
 * Returns the error that an unexpected answer of a registry stands for, in the registry's own words.
 * @param what what was asked, such as `PUT quay.io/ns/name:tag`
 * @param now milliseconds since 1970
 */
export function explainAnswer(answer: BadAnswer, what: string, now: number): OciError {
  const { status, headers, text } = answer;
  const complaints = readComplaints(text);
  const words = complaints.length === 0 && /html/.test(headers['content-type'] ?? '') ? page : null;
  const said = words ?? formatComplaints(complaints);
  const message = `${what}: ${status}${said === '' ? '' : ` ${said}`}`;
  // An answer to HEAD has no body to say it, so codes come before the status only where they are more exact.
  switch (reasonOf(status, complaints)) {
    case 'immutable':
      return new OciError('immutable', `${message}: this tag never moves`, {
        next: 'Take the tag out of the rule of the registry that makes it immutable, or promote to another tag.',
      });
    case 'rate-limited':
      return rateLimited(answer, message, now);
    case 'unauthorized':
      // What others say of it ("authentication required") helps nobody.
      return new OciError('unauthorized', `${what}: ${status} user or password are missing or wrong`, {
        next: 'Give registry-auth with an entry for this registry, and check its user and password.',
      });
    case 'denied':
      return new OciError('denied', message, { next: 'Ask for the right to write there, or for another tag.' });
    case 'no-repository':
      return new OciError('not-found', `${message}: there is no such repository`, {
        next: 'Check its name. Some registries have it made before the first push, and hide it from who may not read it.',
      });
    case 'not-found':
      return new OciError('not-found', message);
    case 'refused':
      return new OciError('refused', message);
    default:
      return new OciError('unexpected-answer', message, status >= 502 ? { outcome: 'waiting' } : {});
  }
}

const page = 'an HTML page: is this the address of a registry?';

type Reason = 'immutable' | 'rate-limited' | 'unauthorized' | 'denied' | 'no-repository' | 'not-found' | 'refused';

function reasonOf(status: number, complaints: readonly Complaint[]): Reason | null {
  if (status < 400 || status >= 500) return null;
  const has = (code: string) => complaints.some((complaint) => complaint.code === code);
  if (isImmutableTag(complaints)) return 'immutable';
  if (status === 429 || has('TOOMANYREQUESTS')) return 'rate-limited';
  // GitLab: a tag that only certain roles may push.
  if (has('PROTECTED_TAG')) return 'denied';
  if (status === 401) return 'unauthorized';
  if (status === 403 || has('DENIED')) return 'denied';
  if (has('NAME_UNKNOWN')) return 'no-repository';
  return status === 404 ? 'not-found' : 'refused';
}

function rateLimited({ headers }: BadAnswer, message: string, now: number): OciError {
  const quota = readQuota(headers);
  const retryAfterMs = retryAfter(headers, now);
  const wait = retryAfterMs === null ? '' : `, again in ${Math.ceil(retryAfterMs / 1000)} s`;
  return new OciError('rate-limited', `${message} (${quota === null ? 'quota used up' : formatQuota(quota)}${wait})`, {
    outcome: 'waiting',
    next: 'Run the same command later: what was done already is skipped.',
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  });
}

// docker.io's older API gives X-Retry-After in seconds since 1970.
function retryAfter(headers: Readonly<Record<string, string>>, now: number): number | null {
  const asked = parseRetryAfter(headers['retry-after'], now);
  if (asked !== null) return asked;
  const at = Number(headers['x-retry-after'] ?? Number.NaN);
  return Number.isFinite(at) ? Math.max(0, at * 1000 - now) : null;
}
