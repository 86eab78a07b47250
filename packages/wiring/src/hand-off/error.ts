import { type ErrorFacts, TagflowError } from '@tagflow/model';

/**
 * - `bad-request`: what was given contradicts itself, or lacks something
 * - `no-set`: nobody holds the set, or nothing of it may be delivered
 * - `not-there`: what would be named is not where it should be
 * - `other-content`: the same hash was delivered with another set
 * - `refused`, `not-ready`: the receiver did not take it, for good or for now
 * - `unexpected-answer`: what answered is no receiver of deliveries
 */
export type HandOffErrorCode =
  'bad-request' | 'no-set' | 'not-there' | 'other-content' | 'refused' | 'not-ready' | 'unexpected-answer';

/** A set that cannot be handed off. The outcome is `invalid` for a bad request, `waiting` for a receiver that is not ready. */
export class HandOffError extends TagflowError {
  declare readonly code: HandOffErrorCode;

  constructor(code: HandOffErrorCode, message: string, facts: ErrorFacts = {}) {
    const outcome = code === 'bad-request' ? 'invalid' : code === 'not-ready' ? 'waiting' : 'failed';
    super(code, message, { outcome, ...facts });
  }
}
