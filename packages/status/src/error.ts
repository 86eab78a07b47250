import { type ErrorFacts, TagflowError } from '@tagflow/model';

/**
 * - `bad-github`: where GitHub is, or which repository is meant, is written down wrongly (`invalid`)
 * - `github-silent`: it does not answer now, or allows no more requests for a while
 * - `github-token`: it does not know the token
 * - `github-refused`: it said no: a permission is missing, or it does not take what it was told
 * - `github-off`: what it was told about is switched off in the repository, such as its issues
 * - `github-answer`: nobody can tell what it said
 *
 * All but the first mean `waiting`: what was not told now is told by the same call later.
 */
export type StatusErrorCode =
  'bad-github' | 'github-silent' | 'github-token' | 'github-refused' | 'github-off' | 'github-answer';

export class StatusError extends TagflowError {
  declare readonly code: StatusErrorCode;

  constructor(code: StatusErrorCode, message: string, facts: Omit<ErrorFacts, 'outcome'> = {}) {
    super(code, message, { ...facts, outcome: code === 'bad-github' ? 'invalid' : 'waiting' });
  }
}
