import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Ledger } from '@tagflow/model';
import { Kysely } from 'kysely';
import { nodeSqliteDialect } from './node-sqlite.ts';
import { selectHistory, selectUnfinished } from './promotions.ts';
import { assertReadable, type Tables } from './schema.ts';
import { asLedgerError } from './sqlite-ledger.ts';
import { parseLedgerUrl } from './url.ts';

/** What a ledger remembers, for those who must not write it. */
export type LedgerReader = Pick<Ledger, 'unfinished' | 'history' | 'close'>;

/**
 * Opens the ledger that a URL names for reading, and returns null where there is none. It is neither made nor brought
 * to a newer schema by being looked at; SQLite may leave its empty `-wal` and `-shm` beside it.
 * @throws LedgerError `bad-url`, `unreadable`, `newer-schema`
 */
export async function openLedgerReader(url: string): Promise<LedgerReader | null> {
  const { path } = parseLedgerUrl(url);
  if (!existsSync(path)) return null;
  const fail = (error: unknown) => asLedgerError(error, path);
  const read = <Result>(answer: Promise<Result>) => answer.catch((error: unknown) => Promise.reject(fail(error)));
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: readTimeoutMs });
  } catch (error) {
    throw fail(error);
  }
  const db = new Kysely<Tables>({ dialect: nodeSqliteDialect(database, () => Promise.reject(new Error('read only'))) });
  let isEmpty: boolean;
  try {
    isEmpty = await assertReadable(db, path);
  } catch (error) {
    await db.destroy();
    if (database.isOpen) database.close();
    throw fail(error);
  }
  return {
    unfinished: async (release, label) => (isEmpty ? [] : read(selectUnfinished(db, release, label))),
    history: async (release, label, limit) => (isEmpty ? [] : read(selectHistory(db, release, label, limit))),
    close: () => db.destroy(),
  };
}

// In WAL mode readers wait for nobody but a recovery; this is for a file that was just made.
const readTimeoutMs = 5000;
