import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Clock, type Ledger, ParseError, TagflowError } from '@tagflow/model';
import { Kysely } from 'kysely';
import { LedgerError } from './error.ts';
import { thisHolder } from './holder.ts';
import { acquireLease, type Exclusive } from './leases.ts';
import { nodeSqliteDialect } from './node-sqlite.ts';
import { finishPromotion, insertEntry, insertPromotion, selectHistory, selectUnfinished } from './promotions.ts';
import { migrate, type Tables } from './schema.ts';

export interface LedgerEffects {
  readonly clock: Clock;
  /** Between 0 and 1, as Math.random. */
  readonly random: () => number;
  /** How many times 50 ms or more a locked file is waited for; default 100. */
  readonly patience?: number;
}

// Waiting for another process happens in many short blocking waits with a pause between them: one long wait would
// stop this process's event loop, and with it a second ledger of the same process that has the file locked.
const blockingWaitMs = 50;
const defaultPatience = 100;

/**
 * Returns the ledger that lives in a SQLite file, which is made when it does not exist. Several processes of one
 * machine may have it open at once.
 * @param path of the file, or `:memory:`
 * @throws LedgerError `unreadable`, `newer-schema`, `busy`
 */
export async function openSqliteLedger(path: string, effects: LedgerEffects): Promise<Ledger> {
  const { clock } = effects;
  const database = openDatabase(path);
  const patience = effects.patience ?? defaultPatience;
  const begin = (open: () => void) => untilUnlocked(path, clock, patience, open);
  const db = new Kysely<Tables>({ dialect: nodeSqliteDialect(database, begin) });
  const fail = (error: unknown) => asLedgerError(error, path);
  try {
    await begin(() => {
      database.exec('pragma journal_mode = wal; pragma synchronous = full');
    });
    await migrate(db, path);
  } catch (error) {
    await db.destroy();
    if (database.isOpen) database.close();
    throw fail(error);
  }

  const identity = fileIdentity(path);
  const self = thisHolder();
  const exclusive: Exclusive = async (work) => {
    if (fileIdentity(path) !== identity) throw replaced(path);
    return await db
      .transaction()
      .execute(work)
      .catch((error: unknown) => Promise.reject(fail(error)));
  };
  const read = <Result>(answer: Promise<Result>) => answer.catch((error: unknown) => Promise.reject(fail(error)));

  return {
    acquire: (keys, owner, ttlMs) => acquireLease(exclusive, clock, keys, owner, ttlMs, self),
    begin: (plan) => exclusive((trx) => insertPromotion(trx, effects, plan)),
    record: (id, step, detail) => exclusive((trx) => insertEntry(trx, id, { at: clock.now(), step, detail })),
    finish: (id, outcome) => exclusive((trx) => finishPromotion(trx, id, outcome, clock.now())),
    unfinished: (release, label) => read(selectUnfinished(db, release, label)),
    history: (release, label, limit) => read(selectHistory(db, release, label, limit)),
    close: () => db.destroy(),
  };
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

function isBusy(error: unknown): boolean {
  const code = sqliteCode(error);
  // SQLITE_BUSY and SQLITE_LOCKED; the higher bits of a result code only say more.
  return code !== null && ((code & 0xff) === 5 || (code & 0xff) === 6);
}

function sqliteCode(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : null;
}

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
