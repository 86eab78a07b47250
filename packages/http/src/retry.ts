import type { HttpError } from './error.ts';

const retriedStatuses: readonly number[] = [429, 502, 503, 504];
const firstWaitMs = 500;
const longestWaitMs = 30_000;
/** A server that asks for more patience than this gets none: the caller sees its answer, and may come back itself. */
const longestRetryAfterMs = 120_000;

/** How one sending of a request ended. */
export interface Attempt {
  readonly error?: HttpError;
  readonly status?: number;
  readonly retryAfter?: string | undefined;
}

export interface RetryRule {
  /** Sendings altogether. */
  readonly attempts: number;
  readonly retrySafe: boolean;
  readonly random: () => number;
}

/**
 * Returns how many milliseconds to wait before the request is sent again, or null when it must not be.
 * @param sent how often it was sent so far, from 1
 * @param now milliseconds since 1970, which an HTTP date in Retry-After is compared with
 */
export function retryDelay(attempt: Attempt, sent: number, now: number, rule: RetryRule): number | null {
  // A server that only asks for less at a time gets more patience than one that is broken.
  if (sent >= rule.attempts * (attempt.status === 429 ? 2 : 1)) return null;
  if (attempt.error !== undefined) {
    if (!attempt.error.passing) return null;
    return rule.retrySafe || !attempt.error.mayHaveArrived ? backoff(sent, rule.random) : null;
  }
  if (!rule.retrySafe || !retriedStatuses.includes(attempt.status ?? 0)) return null;
  const asked = parseRetryAfter(attempt.retryAfter, now);
  if (asked === null) return backoff(sent, rule.random);
  return asked > longestRetryAfterMs ? null : asked;
}

/**
 * Returns how many milliseconds a Retry-After header asks everybody to stay away, null where it asks for more patience
 * than we have: one answer must not stop all the others for an hour, which may hear something else.
 */
export function heededRetryAfter(header: string | undefined, now: number): number | null {
  const asked = parseRetryAfter(header, now);
  return asked === null || asked > longestRetryAfterMs ? null : asked;
}

/** Returns a Retry-After header (seconds or an HTTP date) as milliseconds from `now`, null when it is neither. */
export function parseRetryAfter(header: string | undefined, now: number): number | null {
  if (header === undefined || header.trim() === '') return null;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

// Half fixed, half random: helpers that failed together do not come back together.
function backoff(sent: number, random: () => number): number {
  const ceiling = Math.min(longestWaitMs, firstWaitMs * 2 ** (sent - 1));
  return Math.round(ceiling * (0.5 + 0.5 * random()));
}
