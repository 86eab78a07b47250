import type { FailureReason } from '../reason.ts';

/** What a line of a log says about why a job failed. */
export interface ReasonPattern extends Pick<FailureReason, 'reason' | 'kind' | 'severity' | 'bug'> {
  /** Lower case letters, digits and dashes; unique. */
  readonly name: string;
  /** A regular expression; see parseRegex for what it may hold. */
  readonly pattern: string;
  /** The files it is for: a glob on the path in the job's folder, or without a slash on the file's name. Null for all. */
  readonly files: string | null;
}

export const reasonKinds = ['infra', 'product'] as const;

export const severities = [1, 2, 3] as const;
