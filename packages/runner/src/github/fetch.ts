import type { ApiResponse, Method } from '@tagflow/http';
import { RunnerError } from '../error.ts';
import type { CiEffects, CiRequests } from '../ci-system/requests.ts';

/** Longer than this nobody waits within one call; whoever polls comes back anyway. */
const longestWaitMs = 120_000;
/** What GitHub asks for where a secondary limit names no time. */
const secondaryWaitMs = 60_000;
const tries = 3;

/** Returns a fetch for a client library: with our time limits, our retries and our care for credentials. */
export function createFetch(requests: CiRequests, name: string, { clock, log }: CiEffects): typeof fetch {
  return async (input, init = {}) => {
    const url = input instanceof Request ? input.url : String(input);
    const signal = init.signal ?? new AbortController().signal;
    const method = (init.method ?? 'GET') as Method;
    const headers = Object.fromEntries(new Headers(init.headers));
    const body = typeof init.body === 'string' ? { body: init.body } : {};
    for (let tried = 1; ; tried += 1) {
      const answer = await requests.exchange({ method, url, headers, ...body }, signal);
      const wait = askedToWait(answer, clock.now());
      if (wait === null) return asResponse(answer);
      const seconds = Math.ceil(wait / 1000);
      if (tried >= tries || wait > longestWaitMs) {
        throw new RunnerError('ci-unreachable', `${name} allows no more requests for ${seconds} s`, {
          outcome: 'waiting',
          next: 'Poll it less often, or use a token of its own.',
        });
      }
      // A request that was refused for its number did nothing: it may be sent again, whatever its method.
      log.info(`${name} allows no more requests for ${seconds} s`);
      await clock.sleep(wait, signal);
    }
  };
}

/** Returns how many milliseconds a rate limit asks to wait; null for an answer that is about something else. */
function askedToWait({ status, headers, text }: ApiResponse, now: number): number | null {
  if (status !== 403 && status !== 429) return null;
  const after = Number(headers['retry-after'] ?? Number.NaN);
  if (Number.isFinite(after)) return Math.max(1000, after * 1000);
  if (headers['x-ratelimit-remaining'] === '0') {
    const reset = Number(headers['x-ratelimit-reset'] ?? Number.NaN) * 1000;
    return Number.isFinite(reset) ? Math.max(1000, reset - now) : secondaryWaitMs;
  }
  return status === 429 || /secondary rate limit/i.test(text) ? secondaryWaitMs : null;
}

function asResponse({ status, headers, body }: ApiResponse): Response {
  const hasBody = status !== 204 && status !== 205 && status !== 304;
  // What was sent in pieces or packed has been put together already.
  const { 'transfer-encoding': _pieces, 'content-encoding': _packing, ...rest } = headers;
  return new Response(hasBody ? new Uint8Array(body) : null, { status, headers: rest });
}
