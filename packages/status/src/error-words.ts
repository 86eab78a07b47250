import type { ErrorWords } from '@tagflow/model';
import type { StatusErrorCode } from './error.ts';

/** What each code means, for the reference pages: a code without words does not compile. */
export const statusErrorWords: Readonly<Record<StatusErrorCode, ErrorWords>> = {
  'bad-github': {
    outcomes: ['invalid'],
    means: 'The URL of GitHub, or the repository, is written wrongly.',
    todo: 'Correct github-url or repository.',
  },
  'github-silent': {
    outcomes: ['waiting'],
    means: 'GitHub does not answer now, or allows no more requests for a while.',
    todo: 'Run the same later: what was told already is not told twice.',
  },
  'github-token': {
    outcomes: ['waiting'],
    means: 'GitHub does not know the token.',
    todo: 'Give the token of the job, or one that has not expired.',
  },
  'github-refused': {
    outcomes: ['waiting'],
    means: 'GitHub said no: the token lacks a permission, or there is no such repository or commit.',
    todo: 'Give the job the permission that the message names.',
  },
  'github-off': {
    outcomes: ['waiting'],
    means: 'What GitHub was told about is switched off in the repository.',
    todo: 'Switch it on. Without issues none is opened, and nothing waits for it.',
  },
  'github-answer': {
    outcomes: ['waiting'],
    means: 'Nobody can tell what GitHub said.',
    todo: 'Check that github-url is that of its API.',
  },
};
