import { HttpError } from './error.ts';

const neverSent: readonly string[] = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];
const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name server does not answer',
  EHOSTUNREACH: 'no way to the host',
  ENETUNREACH: 'no way to the network',
  ECONNRESET: 'the connection was closed before the answer was whole',
  EPIPE: 'the connection was closed while sending',
};

/**
 * Returns a failed connection as an error of ours.
 * @param what the request, redacted, such as `GET https://host/path`
 */
export function unreachable(what: string, cause: unknown): HttpError {
  const code = codeOf(cause);
  // A certificate that is not trusted now will not be trusted a moment later.
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/.test(code)) {
    return new HttpError('unreachable', `${what}: the server's certificate is not trusted (${code})`, {
      cause,
      mayHaveArrived: false,
      passing: false,
      next: 'Give the certificate of its authority (ca), or have Node read it: NODE_EXTRA_CA_CERTS.',
    });
  }
  const why = words[code] ?? (cause instanceof Error && cause.message !== '' ? cause.message : 'the connection failed');
  return new HttpError('unreachable', `${what}: ${why}${code === '' ? '' : ` (${code})`}`, {
    cause,
    mayHaveArrived: !neverSent.includes(code),
  });
}

export function timedOut(what: string, ms: number): HttpError {
  return new HttpError('timed-out', `${what}: no answer within ${ms / 1000} s`);
}

/** Returns the system's error code, such as `ECONNRESET`, or an empty text. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
