import { type ErrorFacts, TagflowError } from '@tagflow/model';

/**
 * `invalid-inputs`: see `problems`. `interrupted`: SIGINT or SIGTERM. `crashed`: an error that nobody awaited, so that
 * nobody knows what was written. `bad-definition`: an action is defined wrongly, found by the generators.
 */
export type KitErrorCode = 'invalid-inputs' | 'interrupted' | 'crashed' | 'bad-definition';

/** What the hosts themselves have to say. */
export class KitError extends TagflowError {
  declare readonly code: KitErrorCode;
  /** One sentence for each thing that is wrong; the message holds them all. */
  readonly problems: readonly string[];

  constructor(code: KitErrorCode, problems: readonly string[], facts: ErrorFacts = {}) {
    super(code, problems.join('; '), facts);
    this.problems = problems;
  }
}
