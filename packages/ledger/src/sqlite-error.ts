import { ParseError, TagflowError } from '@tagflow/model';
import { LedgerError } from './error.ts';

/** Returns what SQLite threw as a LedgerError about the file. */
export function asLedgerError(error: unknown, path: string): unknown {
  if (error instanceof ParseError) {
    return new LedgerError('unreadable', `ledger ${path}: ${error.message}`, { cause: error, ...startEmpty });
  }
  if (error instanceof TagflowError || !(error instanceof Error)) return error;
  return new LedgerError('unreadable', `ledger ${path} cannot be used: ${error.message}`, {
    cause: error,
    ...startEmpty,
  });
}

const startEmpty = {
  next: 'Move the file away and run the same command again: history is lost, but the destinations say what holds.',
};

/** Tells whether somebody else has the file locked. */
export function isBusy(error: unknown): boolean {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : null;
  // SQLITE_BUSY and SQLITE_LOCKED; the higher bits of a result code only say more.
  return typeof code === 'number' && ((code & 0xff) === 5 || (code & 0xff) === 6);
}
