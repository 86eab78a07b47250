import type { ErrorWords } from '@tagflow/model';
import type { HttpErrorCode } from './error.ts';

/** What each code means, for the reference pages: a code without words does not compile. */
export const httpErrorWords: Readonly<Record<HttpErrorCode, ErrorWords>> = {
  unreachable: {
    outcomes: ['waiting', 'failed'],
    means: 'The server does not answer, or its certificate is not trusted.',
    todo: 'Run the same later; for a certificate set NODE_EXTRA_CA_CERTS.',
  },
  'timed-out': {
    outcomes: ['waiting'],
    means: 'No answer within the time limit.',
    todo: 'Run the same later.',
  },
  'too-large': {
    outcomes: ['failed'],
    means: 'The answer is longer than any that is expected.',
    todo: 'Check the address.',
  },
  'bad-url': {
    outcomes: ['invalid'],
    means: 'The text is no http or https URL, or holds a login.',
    todo: 'Correct it; logins are inputs of their own.',
  },
  'redirect-refused': {
    outcomes: ['failed'],
    means: 'The server leads to where the request must not go.',
    todo: 'Give the address that it leads to, if that is right.',
  },
};
