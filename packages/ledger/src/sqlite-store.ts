import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '@tagflow/model';
import { Kysely } from 'kysely';
import type { LedgerEffects } from './effects.ts';
import { LedgerError } from './error.ts';
import { nodeSqliteDialect } from './node-sqlite.ts';
import { migrate, readableVersion, type SchemaPlace } from './schema.ts';
import { asLedgerError, isBusy } from './sqlite-error.ts';
import type { ReadStore, Store, Work } from './store.ts';
import type { Tables } from './tables.ts';

// Waiting for another process happens in many short blocking waits with a pause between them: one long wait would
// stop this process's event loop, and with it a second ledger of the same process that has the file locked.
const blockingWaitMs = 50;
const defaultPatience = 100;

/** Opens a SQLite file, which is made when it does not exist; see {@link openSqliteLedger}. */
export async function openSqliteStore(path: string, effects: LedgerEffects): Promise<Store> {
  const { clock } = effects;
  const database = openDatabase(path);
  const patience = effects.patience ?? defaultPatience;
  const begin = (open: () => void) => untilUnlocked(path, clock, patience, open);
  const db = new Kysely<Tables>({ dialect: nodeSqliteDialect(database, 'immediate', begin) });
  const fail = (error: unknown) => asLedgerError(error, path);
  let version: number;
  try {
    await begin(() => {
      database.exec('pragma journal_mode = wal; pragma synchronous = full');
    });
    version = await db.transaction().execute((trx) => migrate(trx, placeOf(path)));
  } catch (error) {
    await db.destroy();
    if (database.isOpen) database.close();
    throw fail(error);
  }

  const identity = fileIdentity(path);
  const change = async <Result>(work: Work<Result>): Promise<Result> => {
    if (fileIdentity(path) !== identity) throw replaced(path);
    return await db
      .transaction()
      .execute(work)
      .catch((error: unknown) => Promise.reject(fail(error)));
  };
  return {
    where: path,
    version,
    read: (ask) => ask(db).catch((error: unknown) => Promise.reject(fail(error))),
    change,
    // Every transaction that changes something is the only one of the file.
    alone: () => Promise.resolve(),
    // All promoters of a file are on one machine, and have its clock.
    leaseTime: () => Promise.resolve(clock.now()),
    close: () => db.destroy(),
  };
}

/** Opens a SQLite file for looking; null where there is none. */
export async function openSqliteReadStore(path: string): Promise<ReadStore | null> {
  if (!existsSync(path)) return null;
  const fail = (error: unknown) => asLedgerError(error, path);
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: readTimeoutMs });
  } catch (error) {
    throw fail(error);
  }
  const open = (begin: () => void) => Promise.resolve(begin());
  const db = new Kysely<Tables>({ dialect: nodeSqliteDialect(database, 'deferred', open) });
  try {
    const version = (await readableVersion(db, placeOf(path))) ?? 0;
    return {
      where: path,
      version,
      read: (ask) => ask(db).catch((error: unknown) => Promise.reject(fail(error))),
      async *snapshot(ask) {
        const trx = await db.startTransaction().execute();
        try {
          yield* ask(trx);
        } catch (error) {
          throw fail(error);
        } finally {
          await trx.rollback().execute();
        }
      },
      close: () => db.destroy(),
    };
  } catch (error) {
    await db.destroy();
    if (database.isOpen) database.close();
    throw fail(error);
  }
}

// In WAL mode readers wait for nobody but a recovery; this is for a file that was just made.
const readTimeoutMs = 5000;

function placeOf(path: string): SchemaPlace {
  const tables = async (db: Kysely<Tables>) => (await db.introspection.getTables()).map(({ name }) => name);
  return { dialect: 'sqlite', where: path, tables };
}

function openDatabase(path: string): DatabaseSync {
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
    return new DatabaseSync(path, { timeout: blockingWaitMs });
  } catch (error) {
    throw asLedgerError(error, path);
  }
}

async function untilUnlocked(path: string, clock: Clock, patience: number, action: () => void): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      action();
      return;
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (attempt >= patience) {
        throw new LedgerError('busy', `ledger ${path} stays locked by another process`, {
          outcome: 'waiting',
          next: 'Run the same command later; if no other tagflow runs, find who has the file open.',
          cause: error,
        });
      }
      await clock.sleep(blockingWaitMs);
    }
  }
}

/**
 * A file that was removed under us still takes our writes, while the next process makes a new one and gets every lease
 * that we believe to hold. The inode tells.
 */
function fileIdentity(path: string): string {
  if (path === ':memory:') return path;
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? 'missing' : `${String(stat.dev)}:${String(stat.ino)}`;
}

function replaced(path: string): LedgerError {
  return new LedgerError(
    'lost',
    `ledger ${path} was removed or replaced while it was in use: its leases protect nothing`,
    {
      next: 'Run the same command again: a new ledger starts empty, and the destinations say what holds.',
    },
  );
}
