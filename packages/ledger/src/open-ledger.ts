import type { Ledger } from '@tagflow/model';
import type { LedgerEffects } from './effects.ts';
import { createLedger } from './ledger.ts';
import { openSqliteReadStore, openSqliteStore } from './sqlite-store.ts';
import type { ReadStore, Store } from './store.ts';
import { parseLedgerUrl } from './url.ts';

/**
 * Opens the ledger that a URL names; it is made where there is none.
 * @throws LedgerError `bad-url`, `unreadable`, `newer-schema`, `busy`; of a server `unreachable`, `refused`
 */
export async function openLedger(url: string, effects: LedgerEffects): Promise<Ledger> {
  return createLedger(await openStore(url, effects), effects);
}

/**
 * Returns the ledger that lives in a SQLite file, which is made when it does not exist. Several processes of one
 * machine may have it open at once.
 * @param path of the file, or `:memory:`
 * @throws LedgerError `unreadable`, `newer-schema`, `busy`
 */
export async function openSqliteLedger(path: string, effects: LedgerEffects): Promise<Ledger> {
  return createLedger(await openSqliteStore(path, effects), effects);
}

/**
 * @param slow see {@link openPostgresStore}
 * @throws LedgerError as {@link openLedger}
 */
export async function openStore(url: string, effects: LedgerEffects, slow = false): Promise<Store> {
  const place = parseLedgerUrl(url);
  if (place.kind === 'sqlite') return await openSqliteStore(place.path, effects);
  // The driver is loaded by those who have a server.
  const { openPostgresStore } = await import('./postgres-store.ts');
  return await openPostgresStore(place, effects, slow);
}

/**
 * Opens what is there already, for looking; null where nothing is.
 * @throws LedgerError as {@link openLedger}
 */
export async function openReadStore(url: string): Promise<ReadStore | null> {
  const place = parseLedgerUrl(url);
  if (place.kind === 'sqlite') return await openSqliteReadStore(place.path);
  const { openPostgresReadStore } = await import('./postgres-store.ts');
  return await openPostgresReadStore(place);
}
