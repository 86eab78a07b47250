import type { ErrorWords } from '@tagflow/model';
import type { KitErrorCode } from './errors.ts';

/** What each code means, for the reference pages: a code without words does not compile. */
export const kitErrorWords: Readonly<Record<KitErrorCode, ErrorWords>> = {
  'invalid-inputs': {
    outcomes: ['invalid'],
    means: 'An input or a flag is missing, unknown or not allowed. All of them are told at once.',
    todo: 'Correct what the sentences name; --help and the README of the action have what is allowed.',
  },
  interrupted: {
    outcomes: ['failed', 'half-done'],
    means: 'SIGINT or SIGTERM came, or the CI system cancelled the job.',
    todo: 'Run the same command again: it goes on safely. After half-done: tagflow resume LABEL.',
  },
  crashed: {
    outcomes: ['half-done'],
    means: 'A defect of tagflow ended the work in the middle, and nobody knows what was written.',
    todo: 'After a promotion tagflow resume LABEL, else the same command again. Report it, with --log-level debug.',
  },
  'bad-definition': {
    outcomes: ['failed'],
    means: 'The definition of an action contradicts itself. Only generators and tests see it.',
    todo: 'Correct the definition of the action.',
  },
};
