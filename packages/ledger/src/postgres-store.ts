import { Kysely, PostgresDialect, sql } from 'kysely';
import type { LedgerEffects } from './effects.ts';
import { schemaVersion } from './migrations.ts';
import { asPostgresError, isCollision } from './postgres-error.ts';
import { createPool } from './postgres-pool.ts';
import { migrate, readableVersion, type SchemaPlace } from './schema.ts';
import type { ReadStore, Store, Work } from './store.ts';
import type { Tables } from './tables.ts';
import type { PostgresUrl } from './url.ts';

const tries = 5;
const pauseMs = 50;
const standingStillMs = 5000;
/** For work that reads from somewhere slow while its transaction lasts. */
const patientMs = 600_000;

/**
 * Opens a ledger in a PostgreSQL database, whose tables are made when they do not exist. Leases expire by the
 * server's clock: those of its users may differ by more than a lease.
 * @param slow the transactions wait for somebody else: a file that is being read
 */
export async function openPostgresStore(url: PostgresUrl, effects: LedgerEffects, slow = false): Promise<Store> {
  const db = connectTo(url, slow ? patientMs : standingStillMs);
  const fail = (error: unknown) => asPostgresError(error, url.where);
  const change = async <Result>(work: Work<Result>): Promise<Result> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await db.transaction().setIsolationLevel('read committed').execute(work);
      } catch (error) {
        // Nothing locks in such an order that two could wait for each other; a server may be set up to think otherwise.
        if (attempt >= tries || !isCollision(error)) throw fail(error);
      }
      await effects.clock.sleep(pauseMs * attempt * (0.5 + effects.random()));
    }
  };
  try {
    const there = await readableVersion(db, placeOf(url)).catch((error: unknown) => Promise.reject(fail(error)));
    const version =
      there === schemaVersion
        ? there
        : await change(async (trx) => {
            await sql`select pg_advisory_xact_lock(${makingTables}, hashtext(current_schema()))`.execute(trx);
            return await migrate(trx, placeOf(url));
          });
    return {
      where: url.where,
      version,
      change,
      read: (ask) => ask(db).catch((error: unknown) => Promise.reject(fail(error))),
      alone: async (trx) => {
        await trx.selectFrom('tagflow_schema').select('version').forUpdate().execute();
      },
      leaseTime: async (trx) => {
        // The moment of asking, not that of the transaction's begin: it may have waited for a lock in between.
        const milliseconds = sql<number>`floor(extract(epoch from clock_timestamp()) * 1000)::bigint`;
        const { now } = await trx.selectNoFrom(milliseconds.as('now')).executeTakeFirstOrThrow();
        return now;
      },
      close: () => db.destroy(),
    };
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/** Opens a ledger in a PostgreSQL database for looking; null where its schema has no table at all. */
export async function openPostgresReadStore(url: PostgresUrl): Promise<ReadStore | null> {
  const db = connectTo(url, patientMs);
  const fail = (error: unknown) => asPostgresError(error, url.where);
  let version: number | null;
  try {
    version = await readableVersion(db, placeOf(url));
  } catch (error) {
    await db.destroy();
    throw fail(error);
  }
  if (version === null) {
    await db.destroy();
    return null;
  }
  return {
    where: url.where,
    version,
    read: (ask) => ask(db).catch((error: unknown) => Promise.reject(fail(error))),
    async *snapshot(ask) {
      const begin = db.startTransaction().setIsolationLevel('repeatable read').setAccessMode('read only');
      const trx = await begin.execute().catch((error: unknown) => Promise.reject(fail(error)));
      try {
        yield* ask(trx);
      } catch (error) {
        throw fail(error);
      } finally {
        // A connection that broke has been rolled back by the server.
        await trx
          .rollback()
          .execute()
          .catch(() => undefined);
      }
    },
    close: () => db.destroy(),
  };
}

// Any number that nobody else takes in the same database: two who open it first must not make the tables twice.
const makingTables = 746_210_189;

function connectTo({ url }: PostgresUrl, idleMs: number): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: createPool({ url, idleMs }) }) });
}

function placeOf({ where }: PostgresUrl): SchemaPlace {
  return {
    dialect: 'postgres',
    where,
    tables: async (db) => {
      const { rows } = await sql<{ name: string }>`
        select tablename as name from pg_catalog.pg_tables where schemaname = current_schema()`.execute(db);
      return rows.map(({ name }) => name);
    },
  };
}
