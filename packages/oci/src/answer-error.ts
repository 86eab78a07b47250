import { redactUrl } from '@tagflow/http';
import { OciError } from './error.ts';

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
  // An answer to HEAD has no body to say it, and what others say of a 401 ("authentication required") helps nobody.
  const said = answer.status === 401 ? 'user or password are missing or wrong' : complaintsOf(answer);
  const message = `${what}: ${answer.status}${said === '' ? '' : ` ${said}`}`;
  switch (answer.status) {
    case 401:
      return new OciError('unauthorized', message, {
        next: 'Give registry-auth with an entry for this registry, and check its user and password.',
      });
    case 403:
      return new OciError('denied', message, { next: 'Ask for the right to write there, or for another tag.' });
    case 404:
      return new OciError('not-found', message);
    case 429: {
      const left = answer.headers['ratelimit-remaining'];
      const retryAfterMs = retryAfter(answer.headers, now);
      const wait = retryAfterMs === null ? '' : `, again in ${Math.ceil(retryAfterMs / 1000)} s`;
      return new OciError(
        'rate-limited',
        `${message} (${left === undefined ? 'quota used up' : `left: ${left}`}${wait})`,
        {
          outcome: 'waiting',
          next: 'Run the same command later: what was done already is skipped.',
          ...(retryAfterMs === null ? {} : { retryAfterMs }),
        },
      );
    }
    default:
      if (answer.status >= 400 && answer.status < 500) return new OciError('refused', message);
      return new OciError('unexpected-answer', message, answer.status >= 502 ? { outcome: 'waiting' } : {});
  }
}

// docker.io's older API gives X-Retry-After in seconds since 1970.
function retryAfter(headers: Readonly<Record<string, string>>, now: number): number | null {
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  if (Number.isFinite(seconds)) return seconds * 1000;
  const date = Date.parse(headers['retry-after'] ?? '');
  if (!Number.isNaN(date)) return Math.max(0, date - now);
  const at = Number(headers['x-retry-after'] ?? Number.NaN);
  return Number.isFinite(at) ? Math.max(0, at * 1000 - now) : null;
}

function complaintsOf(answer: BadAnswer): string {
  try {
    const data: unknown = JSON.parse(answer.text);
    const errors: unknown = Object(data).errors;
    if (!Array.isArray(errors)) return '';
    const said = errors.slice(0, 3).map((item: unknown) => {
      const { code, message, detail } = Object(item) as Record<string, unknown>;
      const more = typeof detail === 'string' ? ` (${detail})` : '';
      return `${String(code)}: ${String(message)}${more}`;
    });
    const rest = errors.length > 3 ? `; and ${errors.length - 3} more` : '';
    return redactUrl(said.join('; ')).slice(0, 500) + rest;
  } catch {
    const type = answer.headers['content-type'] ?? '';
    return type.includes('html') ? 'an HTML page: is this the address of a registry?' : '';
  }
}
