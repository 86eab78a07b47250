import { type Answer, refuse } from './answer.ts';
import type { Route } from './route.ts';

/** How much a lab registry lets pass. Windows slide. */
export interface LabLimits {
  /**
   * As docker.io: a GET of a manifest is a pull, a HEAD is none, and both are told how many are left
   * (`ratelimit-remaining: 76;w=21600`).
   */
  readonly pulls?: { readonly limit: number; readonly windowSeconds: number };
  /** Requests of any kind. */
  readonly perMinute?: number;
  /** In which form a refusal says when to come again. Default `seconds`. */
  readonly retryAfter?: 'seconds' | 'date' | 'x-retry-after' | 'none';
}

interface Gate {
  /** Returns null when the request may pass, else the answer that refuses it. What is refused does not count. */
  check(method: string, route: Route): Answer | null;
  /** The headers that an answer to this request has besides its own. */
  headers(route: Route): Readonly<Record<string, string>>;
}

/** Returns the gate of a registry. `now` is milliseconds. */
export function createLimits(limits: LabLimits | undefined, now: () => number): Gate {
  const minute = createWindow(60);
  const { pulls, perMinute, retryAfter = 'seconds' } = limits ?? {};
  const pulled = createWindow(pulls?.windowSeconds ?? 0);

  const quota = (): Record<string, string> =>
    pulls === undefined
      ? {}
      : {
          'ratelimit-limit': `${pulls.limit};w=${pulls.windowSeconds}`,
          'ratelimit-remaining': `${Math.max(0, pulls.limit - pulled.count(now()))};w=${pulls.windowSeconds}`,
        };

  const tooMany = (message: string, freeAt: number, more: Readonly<Record<string, string>>): Answer => {
    const refusal = refuse(429, { code: 'TOOMANYREQUESTS', message });
    return { ...refusal, headers: { ...refusal.headers, ...more, ...waitHeader(retryAfter, freeAt, now()) } };
  };

  return {
    check(method, route) {
      if (perMinute !== undefined && minute.count(now()) >= perMinute) {
        return tooMany('Too Many Requests', minute.freeAt(), {});
      }
      const isPull = pulls !== undefined && method === 'GET' && route.kind === 'manifest';
      if (isPull && pulled.count(now()) >= pulls.limit) {
        return tooMany('You have reached your pull rate limit.', pulled.freeAt(), quota());
      }
      minute.add(now());
      if (isPull) pulled.add(now());
      return null;
    },
    headers: (route) => (route.kind === 'manifest' ? quota() : {}),
  };
}

function createWindow(seconds: number) {
  let times: number[] = [];
  return {
    count(now: number): number {
      times = times.filter((time) => time + seconds * 1000 > now);
      return times.length;
    },
    add: (now: number) => void times.push(now),
    /** When the oldest one no longer counts. */
    freeAt: (): number => (times[0] ?? 0) + seconds * 1000,
  };
}

function waitHeader(form: LabLimits['retryAfter'], freeAt: number, now: number): Readonly<Record<string, string>> {
  // All forms have whole seconds: never so early that it would be refused again.
  const at = Math.ceil(freeAt / 1000);
  switch (form) {
    case 'date':
      return { 'retry-after': new Date(at * 1000).toUTCString() };
    case 'x-retry-after':
      return { 'x-retry-after': `${at}` };
    case 'none':
      return {};
    default:
      return { 'retry-after': `${Math.ceil((freeAt - now) / 1000)}` };
  }
}
