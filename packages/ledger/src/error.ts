import { type ErrorFacts, TagflowError } from '@tagflow/model';

/**
 * - `held`: somebody else holds one of the keys; `busy`: the file stayed locked by another process
 * - `lost`: this lease is no longer ours, so nothing may be written under it
 * - `unreadable`: the file cannot be read or written; `newer-schema`: a newer tagflow wrote it
 * - `bad-url`, `no-keys`, `unknown-promotion`: the caller's mistake
 * - `throw-away-runner`: the ledger would die with the machine, so its leases would protect nothing
 */
export type LedgerErrorCode =
  | 'held'
  | 'busy'
  | 'lost'
  | 'unreadable'
  | 'newer-schema'
  | 'bad-url'
  | 'no-keys'
  | 'unknown-promotion'
  | 'throw-away-runner';

export class LedgerError extends TagflowError {
  declare readonly code: LedgerErrorCode;

  constructor(code: LedgerErrorCode, message: string, facts: ErrorFacts = {}) {
    super(code, message, facts);
  }
}
