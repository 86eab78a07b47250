import type { FailureOutcome } from './outcome.ts';

/** What a reader is told of an error code, whatever the message of the error itself says. */
export interface ErrorWords {
  /** With which it is raised, the usual one first; in the middle of a flip it may end as half-done. */
  readonly outcomes: readonly FailureOutcome[];
  readonly means: string;
  /** What the reader does next. */
  readonly todo: string;
}

/** The codes of this package. */
export type ModelErrorCode = 'malformed';

/** What each code means, for the reference pages: a code without words does not compile. */
export const modelErrorWords: Readonly<Record<ModelErrorCode, ErrorWords>> = {
  malformed: {
    outcomes: ['invalid'],
    means: 'A hash, label, URL, set.json or plan.json is not what it should be.',
    todo: 'Correct the input or the file that the message names.',
  },
};
