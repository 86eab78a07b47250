import type { ErrorWords } from '@tagflow/model';
import type { HandOffErrorCode } from './error.ts';

/** What each code means, for the reference pages: a code without words does not compile. */
export const handOffErrorWords: Readonly<Record<HandOffErrorCode, ErrorWords>> = {
  'bad-request': {
    outcomes: ['invalid'],
    means: 'What was given for a hand-off contradicts itself, or lacks something.',
    todo: 'Correct the input that the message names.',
  },
  'no-set': {
    outcomes: ['failed', 'blocked'],
    means: 'Nobody holds the set, or the label names nothing.',
    todo: 'Promote it first.',
  },
  'not-there': {
    outcomes: ['failed'],
    means: 'What would be named is not where it should be.',
    todo: 'Stage the set again, or tagflow doctor.',
  },
  'other-content': {
    outcomes: ['failed'],
    means: 'The same hash was delivered before with another set.',
    todo: 'Agree with the next owner.',
  },
  refused: {
    outcomes: ['failed'],
    means: 'The receiver did not take it.',
    todo: 'Read its words in the message; check auth.',
  },
  'not-ready': {
    outcomes: ['waiting'],
    means: 'The receiver is not ready.',
    todo: 'Run the same later: it knows a repetition.',
  },
  'unexpected-answer': {
    outcomes: ['failed'],
    means: 'What answered is no receiver of deliveries.',
    todo: 'Check the address.',
  },
};
