import { ParseError, TagflowError } from '@tagflow/model';
import { type LedgerErrorCode, LedgerError } from './error.ts';

// The meanings of SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
const refusals = /^(?:28...|3D000)$/;
const serverGone = /^(?:08...|57P0.|53300|25P03)$/;
const tooBusy = /^(?:55P03|57014|40001|40P01)$/;
const tableGone = '42P01';
/** What ends a transaction that is worth another try: a serialisation failure, a deadlock. */
const worthAnotherTry = /^40(?:001|P01)$/;

/** Tells whether the server threw a transaction out that may well succeed the next time; nothing of it holds. */
export function isCollision(error: unknown): boolean {
  return worthAnotherTry.test(sqlState(error) ?? '');
}

/** Tells whether a connection is of no use any more: nobody knows what the server still does on it. */
export function isBroken(error: unknown): boolean {
  const state = sqlState(error);
  return state === null || serverGone.test(state);
}

/** Returns what the driver threw as a LedgerError about the server. */
export function asPostgresError(error: unknown, where: string): unknown {
  if (error instanceof ParseError) return make('unreadable', `ledger ${where}: ${error.message}`, error);
  if (error instanceof TagflowError || !(error instanceof Error)) return error;
  // A mistake of ours is no trouble with the network.
  if (error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError) return error;
  const said = wordsOf(error);
  const state = sqlState(error);
  if (state === null ? isAboutTrust(error) : refusals.test(state)) {
    return make('refused', `ledger ${where} does not let us in: ${said}`, error);
  }
  if (state === null || serverGone.test(state)) {
    return make('unreachable', `ledger ${where} cannot be reached: ${said}`, error);
  }
  if (tooBusy.test(state)) return make('busy', `ledger ${where} stays busy: ${said}`, error);
  if (state === tableGone) {
    return make('lost', `ledger ${where} was removed while it was in use: its leases protect nothing`, error);
  }
  return make('unreadable', `ledger ${where} cannot be used: ${said}`, error);
}

const facts = {
  refused: {
    outcome: 'invalid',
    next: 'Check the user, the database and the TLS parameters in the URL; the password comes from PGPASSWORD or PGPASSFILE.',
  },
  unreachable: {
    outcome: 'waiting',
    next: 'Run the same command later. Nothing is written while the ledger cannot say whose the lease is.',
  },
  busy: { outcome: 'waiting', next: 'Run the same command later.' },
  lost: { next: 'Run the same command again: a new ledger starts empty, and the destinations say what holds.' },
  unreadable: { next: 'Name another database: history is lost then, but the destinations say what holds.' },
} as const;

function make(code: keyof typeof facts & LedgerErrorCode, message: string, cause: Error): LedgerError {
  return new LedgerError(code, message, { cause, ...facts[code] });
}

function sqlState(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && 'severity' in (error as object) ? code : null;
}

// What the driver finds wrong with a log-in or a certificate has no SQLSTATE.
function isAboutTrust(error: Error): boolean {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return /SASL|password|SSL|certificate|altnames/i.test(error.message) || /CERT|TLS|SSL/.test(code);
}

// Two addresses of one name give an error of several, which says nothing itself.
function wordsOf(error: Error): string {
  const parts: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
  const words = [error.message, ...parts.map((part) => (part instanceof Error ? part.message : ''))];
  return [...new Set(words.filter((word) => word !== ''))].join('; ');
}
