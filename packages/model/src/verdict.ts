import type { FullHash } from './hash.ts';
import type { Vote, VoteResult } from './vote.ts';

/**
 * What the votes say of one criterion job. `missing`: it has not reported on this hash, or not often enough;
 * `unknown`: nobody has ever seen it report at all, so its name may be wrong.
 */
export type JobState = VoteResult | 'missing' | 'unknown';

/** What a reason speaks of. */
export type ReasonKind =
  /** The criteria as a whole: `none`, or empty. */
  | 'criteria'
  | 'job'
  /** Enough of a list, or of the jobs that a pattern means. */
  | 'group'
  | 'informing'
  /** Whether enough was tested at all. */
  | 'evidence'
  | 'hold'
  | 'freeze'
  /** Decided by a person, or by what the repository's label names already. */
  | 'rollback'
  | 'repair';

/** One line of an explanation: what a part of the criteria asks for, and whether the votes give it. */
export interface Reason {
  readonly kind: ReasonKind;
  /** Where in the criteria, such as `all-of[3]` or `all-of[2].any-of[0]`; for a hold or freeze its id. */
  readonly path: string;
  readonly met: boolean;
  readonly job: string | null;
  readonly state: JobState | null;
  /** Where the vote's log is. */
  readonly url: string | null;
  /** The id of the waiver without which it would not be met. */
  readonly waiver: string | null;
  /** The sentence for people. */
  readonly text: string;
}

/**
 * The answer to «may this hash be promoted?». `yes`; `waiting`: nothing failed, something is missing or running;
 * `no`: something required failed, or the criteria themselves, a hold or a freeze forbid.
 */
export interface Verdict {
  readonly answer: 'yes' | 'waiting' | 'no';
  readonly fullHash: FullHash;
  readonly reasons: readonly Reason[];
  /** `sha256:` of the canonical criteria that were applied. */
  readonly criteriaDigest: string;
  /** The ids of the waivers that were used, sorted. */
  readonly waivers: readonly string[];
  /** The votes of the jobs that the criteria name, oldest first: what the verdict rests on. */
  readonly votes: readonly Vote[];
}
