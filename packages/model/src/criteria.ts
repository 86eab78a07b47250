/**
 * A job that has to succeed, or a group of which enough have to. Job names are compared exactly; a pattern, in which `*`
 * stands for anything, is written as one and counts the different jobs of that name that succeeded.
 */
export type Criterion =
  | string
  | { readonly matching: string; readonly atLeast: number }
  | { readonly allOf: readonly Criterion[] }
  | { readonly anyOf: readonly Criterion[] }
  | { readonly atLeast: number; readonly of: readonly Criterion[] };

/**
 * What counts when a job has voted on a hash several times. `any-success`: one success is enough, and a later failure does
 * not take it back; people re-run one missing job on the same hash and count on that. `latest`: its last vote.
 * `passes` of `ofLast`: so many of its last finished votes were a success.
 */
export type VoteRule = 'any-success' | 'latest' | { readonly passes: number; readonly ofLast: number };

/** A job whose votes are shown and decide nothing: its name, or a pattern of names. */
export type Informing = string | { readonly matching: string };

/**
 * What a hash needs to be promoted. `none` has to be written out (a pin promotes a hash that nobody could test yet);
 * an empty list never promotes.
 */
export type Criteria =
  | 'none'
  | {
      readonly allOf: readonly Criterion[];
      readonly informing: readonly Informing[];
      /** Default: `any-success`. */
      readonly votes?: VoteRule;
      /** So many different jobs have to have finished on the hash, whatever they are. Default: 1. */
      readonly minimumJobs?: number;
    };

/** Returns whether a job's name is one that a pattern means, in which `*` stands for anything, also for nothing. */
export function matchesJob(pattern: string, job: string): boolean {
  // By hand and not as a regular expression: patterns come from files, and `a*b*c*…` must not take for ever.
  const [first = '', ...parts] = pattern.split('*');
  if (parts.length === 0) return job === first;
  if (!job.startsWith(first)) return false;
  const last = parts.pop() ?? '';
  let at = first.length;
  for (const part of parts) {
    const found = job.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return job.length - at >= last.length && job.endsWith(last);
}
