import { TagflowError } from '@tagflow/model';

export type PromotionErrorCode =
  /** The world is not what the plan saw: somebody else moved a label, or the verdict changed. */
  | 'moved'
  /** The set is not whole where it should be served. */
  | 'not-whole'
  /** What was asked for contradicts itself. */
  | 'bad-request'
  /** The plan itself is impossible: nothing to move, destinations that it names are not configured. */
  | 'bad-plan'
  /** The kinds could not be brought to one set. */
  | 'half-done'
  /** A destination could not be read or written before the first write. */
  | 'destination'
  /** Nobody knows the set of a hash. */
  | 'no-set'
  /** A destination knows, before the first write, that the label cannot become the set. */
  | 'impossible'
  /** A place that is to be read from lacks what its label names, and the phase before has to pay first. */
  | 'owing'
  /** The lease ended in the middle of a flip, and the ledger does not answer. */
  | 'lease-over'
  /** There is nothing that could be promoted: the candidate label never named a hash. */
  | 'no-candidate';

/** Raised by planning, applying and resuming a promotion. */
export class PromotionError extends TagflowError {
  declare readonly code: PromotionErrorCode;
}
