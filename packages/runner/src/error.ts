import { type ErrorFacts, TagflowError } from '@tagflow/model';

/**
 * - `log-unwritable`: the job's output could not be kept, so its result would have nothing to show
 * - `nothing-left`: it ended well, but the files that it has to leave are not there
 * - `bad-command`, `bad-variable`: the job was written down wrongly
 */
export type RunnerErrorCode = 'log-unwritable' | 'nothing-left' | 'bad-command' | 'bad-variable';

export class RunnerError extends TagflowError {
  declare readonly code: RunnerErrorCode;

  constructor(code: RunnerErrorCode, message: string, facts: ErrorFacts = {}) {
    super(code, message, facts);
  }
}
