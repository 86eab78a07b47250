import type { Ledger } from '@tagflow/model';
import { LedgerError } from './error.ts';
import { type LedgerEffects, openSqliteLedger } from './sqlite-ledger.ts';

/** Where a ledger is. */
export interface LedgerUrl {
  readonly kind: 'sqlite';
  /** Relative or absolute, or `:memory:`. */
  readonly path: string;
}

/**
 * Returns what a ledger's URL says: `sqlite:PATH`.
 * @throws LedgerError `bad-url`
 */
export function parseLedgerUrl(url: string): LedgerUrl {
  const path = /^sqlite:(?:\/\/(?=\/))?(?<path>.+)$/.exec(url)?.groups?.['path'];
  if (path === undefined || path.startsWith('//')) {
    // The scheme alone: a URL of a database server has a password in it.
    const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0] ?? '';
    throw new LedgerError(
      'bad-url',
      `ledger "${scheme}…" is not a ledger URL: expected sqlite:PATH, such as sqlite:.tagflow/ledger.db`,
      {
        outcome: 'invalid',
      },
    );
  }
  return { kind: 'sqlite', path };
}

/**
 * Opens the ledger that a URL names.
 * @throws LedgerError `bad-url`, and what {@link openSqliteLedger} throws.
 */
export async function openLedger(url: string, effects: LedgerEffects): Promise<Ledger> {
  return await openSqliteLedger(parseLedgerUrl(url).path, effects);
}
