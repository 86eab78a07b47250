import { type ErrorFacts, type FailureOutcome, TagflowError } from '@tagflow/model';

/**
 * - `bad-url`, `bad-path`: what was given cannot name a store or a place in one
 * - `not-found`, `exists`, `wrong-kind` (a folder where a file was meant): what is there is not what was expected
 * - `not-supported`: this kind of store cannot do it, whoever asks
 * - `denied`: not with these credentials; `host-key`: the server may not be the one that is meant
 * - `unreachable`: may work later
 * - `changed`: the file became another one while it was read
 * - `incomplete`: the source gave fewer or more bytes than it said
 * - `full`: there is no room left for what should be written
 * - `failed`: anything else that the other side says
 */
export type StoreErrorCode =
  | 'bad-url'
  | 'bad-path'
  | 'not-found'
  | 'exists'
  | 'wrong-kind'
  | 'not-supported'
  | 'denied'
  | 'host-key'
  | 'unreachable'
  | 'changed'
  | 'incomplete'
  | 'full'
  | 'failed';

const outcomes: Partial<Readonly<Record<StoreErrorCode, FailureOutcome>>> = {
  'bad-url': 'invalid',
  'bad-path': 'invalid',
  'host-key': 'invalid',
  unreachable: 'waiting',
  changed: 'waiting',
};

/** What the reader does next, where the thrower knows nothing better. */
const nexts: Partial<Readonly<Record<StoreErrorCode, string>>> = {
  unreachable: 'Run the same again when it is there: what has arrived is kept.',
  changed: 'Run the same again.',
};

/** Something about a store went wrong; `code` says what. The outcome is `failed` where the code implies no other. */
export class StoreError extends TagflowError {
  declare readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, facts: ErrorFacts = {}) {
    const next = nexts[code];
    super(code, message, { outcome: outcomes[code] ?? 'failed', ...(next === undefined ? {} : { next }), ...facts });
  }
}

/** Tells whether the error is a StoreError with this code. */
export function isStoreError(error: unknown, code: StoreErrorCode): error is StoreError {
  return error instanceof StoreError && error.code === code;
}
