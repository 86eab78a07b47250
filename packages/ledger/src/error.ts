import { type ErrorFacts, TagflowError } from '@tagflow/model';

/**
 * - `held`: somebody else holds one of the keys; `busy`: the ledger stayed locked, or is too slow for its leases
 * - `lost`: this lease is no longer ours, so nothing may be written under it
 * - `unreachable`: the database server does not answer, or the connection broke; `refused`: it does not let us in
 * - `unreadable`: the ledger cannot be read or written; `newer-schema`, `older-schema`: another tagflow wrote it
 * - `bad-export`: what is imported is no whole export; `contradiction`: it says something else than the ledger does
 * - `bad-url`, `no-keys`, `unknown-promotion`: the caller's mistake
 * - `throw-away-runner`: the ledger would die with the machine, so its leases would protect nothing
 */
export type LedgerErrorCode =
  | 'held'
  | 'busy'
  | 'lost'
  | 'unreachable'
  | 'refused'
  | 'unreadable'
  | 'newer-schema'
  | 'older-schema'
  | 'bad-export'
  | 'contradiction'
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
