import type { ErrorWords } from '@tagflow/model';
import type { ConfigErrorCode } from './error.ts';

/** What each code means, for the reference pages: a code without words does not compile. */
export const configErrorWords: Readonly<Record<ConfigErrorCode, ErrorWords>> = {
  unreadable: {
    outcomes: ['invalid'],
    means: 'The tagflow.yaml or the policy folder cannot be read.',
    todo: 'Give the path of a readable file as config, or of a folder as policy-dir.',
  },
  'invalid-config': {
    outcomes: ['invalid'],
    means: 'Something in tagflow.yaml is wrong. Each mistake is told with line, column and key.',
    todo: 'Correct the file. No server was asked anything.',
  },
  'invalid-policy': {
    outcomes: ['invalid'],
    means: 'A file of the policy folder cannot be understood.',
    todo: 'Correct it: while a waiver, hold or freeze cannot be read, nothing is promoted.',
  },
  'unknown-name': {
    outcomes: ['invalid'],
    means: 'tagflow.yaml has no phase, label, job, registry or store of that name.',
    todo: 'Take one of the names that the message lists.',
  },
};
