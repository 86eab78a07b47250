import type { ErrorWords } from '@tagflow/model';
import type { LedgerErrorCode } from './error.ts';

/** What each code means, for the reference pages: a code without words does not compile. */
export const ledgerErrorWords: Readonly<Record<LedgerErrorCode, ErrorWords>> = {
  held: {
    outcomes: ['waiting'],
    means: 'Somebody else holds the lease of the label or of a place.',
    todo: 'Run the same later: a lease of a machine that died ends after two minutes.',
  },
  busy: {
    outcomes: ['waiting'],
    means: 'The ledger stays locked, or is too slow for its leases.',
    todo: 'Run the same later; find who has it open.',
  },
  lost: {
    outcomes: ['failed', 'half-done'],
    means: 'The lease is no longer ours, so nothing more is written.',
    todo: 'Look at what the other promotion did, then run the same again.',
  },
  unreachable: {
    outcomes: ['waiting'],
    means: 'The database server does not answer.',
    todo: 'Run the same later: nothing is written without a lease.',
  },
  refused: {
    outcomes: ['invalid'],
    means: 'The database server does not let us in.',
    todo: 'Check user, database and TLS in ledger.url, and PGPASSWORD or PGPASSFILE.',
  },
  unreadable: {
    outcomes: ['invalid', 'failed'],
    means: 'The ledger is damaged, or is a file of something else.',
    todo: 'Move it away and run the same again: history is lost, labels are not.',
  },
  'newer-schema': {
    outcomes: ['invalid'],
    means: 'A newer tagflow wrote this ledger.',
    todo: 'Use that version.',
  },
  'older-schema': {
    outcomes: ['invalid'],
    means: 'An older tagflow wrote it, and reading alone does not change it.',
    todo: 'Run a promotion with it once.',
  },
  'bad-export': {
    outcomes: ['invalid'],
    means: 'The file to import is no whole export. Nothing was imported.',
    todo: 'Export the ledger again.',
  },
  contradiction: {
    outcomes: ['invalid'],
    means: 'The export says something else than the ledger does.',
    todo: 'Import into an empty ledger.',
  },
  'bad-url': {
    outcomes: ['invalid'],
    means: 'ledger.url is not one of sqlite: or postgres:, or holds a password.',
    todo: 'Correct it.',
  },
  'no-keys': {
    outcomes: ['invalid'],
    means: 'A lease of nothing was asked for.',
    todo: 'Report it: a defect of tagflow.',
  },
  'unknown-promotion': {
    outcomes: ['failed'],
    means: 'The ledger was replaced since the promotion began.',
    todo: 'tagflow resume LABEL: the destinations say what holds.',
  },
  'throw-away-runner': {
    outcomes: ['invalid'],
    means: 'The ledger would be gone with this CI machine, so its lease would keep nobody out.',
    todo: 'Say lock: ci and let the CI system keep promotions apart, or use PostgreSQL.',
  },
};
