import { type ErrorFacts, TagflowError } from '@tagflow/model';

/**
 * - `log-unwritable`: the job's output could not be kept, so its result would have nothing to show
 * - `nothing-left`: it ended well, but the files that it has to leave are not there
 * - `bad-command`, `bad-variable`: the job was written down wrongly
 * - `run-in-the-way`: another run still writes to the log that was asked for (`waiting`)
 * - `bad-record`: what was written down of a run cannot be read
 * - `bad-ci`: a runner of another CI system is written down wrongly
 * - `ci-unreachable`: that system does not answer now; the same call may work later (`waiting`)
 * - `ci-refused`: it answered, and said no; `ci-answer`: nobody can tell what it said
 * - `reports-refused`: the report files of a job lead out of their folder, or are too much
 */
export type RunnerErrorCode =
  | 'log-unwritable'
  | 'nothing-left'
  | 'bad-command'
  | 'bad-variable'
  | 'run-in-the-way'
  | 'bad-record'
  | 'bad-ci'
  | 'ci-unreachable'
  | 'ci-refused'
  | 'ci-answer'
  | 'reports-refused';

export class RunnerError extends TagflowError {
  declare readonly code: RunnerErrorCode;

  constructor(code: RunnerErrorCode, message: string, facts: ErrorFacts = {}) {
    super(code, message, facts);
  }
}
