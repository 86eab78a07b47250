import { type ErrorFacts, TagflowError } from '@tagflow/model';

/**
 * - `bad-job`: a part of a job's name is not what it should be; `bad-command`: a job has none
 * - `no-jobs`, `duplicate-job`, `unknown-job`: the list of jobs and what was asked of it
 * - `bad-results`, `bad-set`: a file that cannot be read, or is of another hash
 * - `bad-source`, `no-file`, `bad-file`, `bad-expression`: featureset, release and nodes files
 * - `bad-patterns`: a file with patterns of failures
 * - `not-overridable`, `too-many-jobs`: what a job may not change, and what GitHub does not take
 */
export type FeaturesetErrorCode =
  | ('bad-job' | 'bad-command' | 'no-jobs' | 'duplicate-job' | 'unknown-job' | 'bad-results' | 'bad-set')
  | 'bad-patterns'
  | ('bad-source' | 'no-file' | 'bad-file' | 'bad-expression' | 'not-overridable' | 'too-many-jobs');

export class FeaturesetError extends TagflowError {
  declare readonly code: FeaturesetErrorCode;

  constructor(code: FeaturesetErrorCode, message: string, facts: ErrorFacts = {}) {
    super(code, message, { outcome: 'invalid', ...facts });
  }
}
