import type { FullHash } from './hash.ts';
import type { VoteResult } from './vote.ts';

/** What the votes say of one criterion job. */
export type JobState = VoteResult | 'missing';

/** One line of an explanation: what a part of the criteria asks for, and whether the votes give it. */
export interface Reason {
  /** Where in the criteria, such as `all-of[3]` or `all-of[2].any-of[0]`. */
  readonly path: string;
  readonly met: boolean;
  readonly job: string | null;
  readonly state: JobState | null;
  /** Where the vote's log is. */
  readonly url: string | null;
  /** The sentence for people. */
  readonly text: string;
}

/**
 * The answer to «may this hash be promoted?». `yes`; `waiting`: nothing failed, something is missing or running;
 * `no`: something required failed, or the criteria themselves forbid.
 */
export interface Verdict {
  readonly answer: 'yes' | 'waiting' | 'no';
  readonly fullHash: FullHash;
  readonly reasons: readonly Reason[];
  /** `sha256:` of the canonical criteria that were applied. */
  readonly criteriaDigest: string;
}
