import { HttpError, type HttpErrorCode, type ReceivedHead } from '@tagflow/http';
import { StoreError, type StoreErrorCode } from './error.ts';

/** The part of a file that a 206 brings. */
export interface Part {
  readonly offset: number;
  readonly length: number;
  /** Bytes of the whole file; null where the server does not say. */
  readonly size: number | null;
}

/** Returns what Content-Range says; null where it is missing or nonsense, as in an answer of several parts. */
export function partOf({ headers }: Pick<ReceivedHead, 'headers'>): Part | null {
  const [, first, last, total] =
    /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16}|\*)$/.exec(headers['content-range'] ?? '') ?? [];
  if (first === undefined || last === undefined || total === undefined) return null;
  const [offset, end] = [Number(first), Number(last) + 1];
  const size = total === '*' ? null : Number(total);
  const makesSense = offset < end && Number.isSafeInteger(size ?? end) && (size === null || end <= size);
  return makesSense ? { offset, length: end - offset, size } : null;
}

/**
 * Returns how long the file of an answer is, as its Content-Length says; null where it does not say.
 * @throws StoreError `failed` for a length that is no number of bytes
 */
export function sizeOf(what: string, { headers }: Pick<ReceivedHead, 'headers'>): number | null {
  const text = headers['content-length'];
  if (text === undefined) return null;
  const size = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(size)) return size;
  throw new StoreError('failed', `${what}: the server says that the file is ${JSON.stringify(text)} bytes long`, {
    next: 'A length is a whole number from 0 to 2^53 - 1: look at what stands between here and the files.',
  });
}

/**
 * Holds an answer to being a file's own bytes.
 * @throws StoreError `wrong-kind` for a folder; `failed` as {@link requireAsItIs}
 */
export function requireFile(what: string, head: ReceivedHead): void {
  if (isFolderUrl(head.url)) throw new StoreError('wrong-kind', `${what}: is a folder, not a file`);
  requireAsItIs(what, head);
}

/**
 * Refuses what was compressed on its way: its length is not that of the file, and nobody can go on in its midst.
 * @throws StoreError `failed`
 */
export function requireAsItIs(what: string, { headers, url }: ReceivedHead): void {
  const coding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (coding === '' || coding === 'identity') return;
  // Apache says so of a file that was compressed before it was put there.
  if (/^(?:x-)?gzip$/.test(coding) && /\.t?gz$/.test(new URL(url).pathname)) return;
  throw new StoreError('failed', `${what}: the server sends it compressed (${coding}), though it was asked not to`, {
    next: 'Have the server, or the cache before it, leave images as they are: no Content-Encoding.',
  });
}

/** Whether the address, after redirects, is a folder's: one without its slash is answered with a redirect to it. */
export function isFolderUrl(url: string): boolean {
  return new URL(url).pathname.endsWith('/');
}

export function isAbsent({ status }: Pick<ReceivedHead, 'status'>): boolean {
  return status === 404 || status === 410;
}

/** Returns an answer that brings no file as an error of ours. */
export function refusal(what: string, answer: Pick<ReceivedHead, 'status' | 'headers'>): StoreError {
  const { status } = answer;
  if (isAbsent(answer)) return new StoreError('not-found', `${what}: not found (${status})`);
  if (status === 401 || status === 403) {
    return new StoreError('denied', `${what}: refused (${status})`, {
      next: 'Files are read over HTTP without credentials: open the folder to this machine, or give an sftp:// URL.',
    });
  }
  if (status === 429 || status >= 500) {
    const retryAfter = answer.headers['retry-after'];
    const asked = retryAfter === undefined ? '' : `; it asks to wait: Retry-After ${JSON.stringify(retryAfter)}`;
    return new StoreError('unreachable', `${what}: not now (${status})${asked}`);
  }
  return new StoreError('failed', `${what}: unexpected answer (${status})`);
}

const codes: Readonly<Record<HttpErrorCode, StoreErrorCode>> = {
  unreachable: 'unreachable',
  'timed-out': 'unreachable',
  'too-large': 'failed',
  'bad-url': 'bad-url',
  'redirect-refused': 'failed',
};

/** Returns a request that was not answered as an error of ours; everything else as it is. */
export function asStoreError(error: unknown): unknown {
  if (!(error instanceof HttpError)) return error;
  const { outcome, next, cause } = error;
  return new StoreError(codes[error.code], error.message, { outcome, cause, ...(next === undefined ? {} : { next }) });
}
