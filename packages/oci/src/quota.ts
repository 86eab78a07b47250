/** What a registry says of how much may still be asked. Null where it does not say. */
export interface Quota {
  /** Requests in a window. */
  readonly limit: number | null;
  /** Requests left in this one. */
  readonly remaining: number | null;
  readonly windowSeconds: number | null;
}

/**
 * Returns the quota of an answer, or null when it names none. docker.io's manifest answers have
 * `ratelimit-limit: 100;w=21600` and `ratelimit-remaining: 76;w=21600`: pulls, and the window in seconds.
 * @param headers names in lower case
 */
export function readQuota(headers: Readonly<Record<string, string>>): Quota | null {
  const limit = readValue(headers['ratelimit-limit']);
  const remaining = readValue(headers['ratelimit-remaining']);
  if (limit === null && remaining === null) return null;
  return {
    limit: limit?.count ?? null,
    remaining: remaining?.count ?? null,
    windowSeconds: remaining?.window ?? limit?.window ?? null,
  };
}

/** Returns a quota in words, such as `76 of 100 left in 6 h`. */
export function formatQuota({ limit, remaining, windowSeconds }: Quota): string {
  const count = remaining === null ? `a limit of ${limit}` : `${remaining}${limit === null ? '' : ` of ${limit}`} left`;
  return windowSeconds === null ? count : `${count} in ${formatWindow(windowSeconds)}`;
}

function formatWindow(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

function readValue(header: string | undefined): { readonly count: number; readonly window: number | null } | null {
  const match = /^\s*(\d+)(?:\s*;\s*w=(\d+))?/.exec(header ?? '');
  if (match === null) return null;
  return { count: Number(match[1]), window: match[2] === undefined ? null : Number(match[2]) };
}
