/** What a job said about a hash. `running` is a vote too: someone has begun and not reported. */
export type VoteResult = 'success' | 'failure' | 'running';

/** One row of DLRN's votes. Votes are appended, never replaced: a job that reports twice is listed twice. */
export interface Vote {
  readonly job: string;
  readonly result: VoteResult;
  /** Seconds since 1970, as the reporter said. Whole seconds, from many clocks: never order votes by it. */
  readonly timestamp: number;
  readonly url: string;
  readonly notes: string | null;
  readonly user: string | null;
}
