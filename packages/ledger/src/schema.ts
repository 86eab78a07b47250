import { type Kysely, sql } from 'kysely';
import { LedgerError } from './error.ts';
import { migrations, schemaVersion, statementFor } from './migrations.ts';
import type { Tables } from './tables.ts';

/** A database as the schema sees it. */
export interface SchemaPlace {
  readonly dialect: 'sqlite' | 'postgres';
  /** What to call it in an error. */
  readonly where: string;
  /** Returns the names of the tables where ours are, or would be. */
  readonly tables: (db: Kysely<Tables>) => Promise<readonly string[]>;
}

/**
 * Brings the database to {@link schemaVersion}, within a transaction that keeps others out; an empty one gets every
 * table. Returns the version.
 * @throws LedgerError `newer-schema` for a ledger of a newer tagflow, `unreadable` for a database of something else.
 */
export async function migrate(trx: Kysely<Tables>, place: SchemaPlace, target = schemaVersion): Promise<number> {
  const version = (await readVersion(trx, place)) ?? (await startVersion(trx, place));
  refuseNewer(version, place.where);
  for (const step of migrations.slice(version, target).flat()) {
    if (typeof step === 'string') await sql.raw(statementFor(place.dialect, step)).execute(trx);
    else await step(trx);
  }
  if (version < target) await trx.updateTable('tagflow_schema').set({ version: target }).execute();
  return Math.max(version, target);
}

/**
 * Returns the version of a ledger as it is: 0 for one that is just being made, null where none is begun.
 * @throws LedgerError as {@link migrate}
 */
export async function readableVersion(db: Kysely<Tables>, place: SchemaPlace): Promise<number | null> {
  const version = await readVersion(db, place);
  refuseNewer(version ?? 0, place.where);
  return version;
}

function refuseNewer(version: number, where: string): void {
  if (version <= schemaVersion) return;
  throw new LedgerError(
    'newer-schema',
    `ledger ${where} has schema version ${String(version)}; this tagflow knows versions up to ${String(schemaVersion)}`,
    { outcome: 'invalid', next: 'Use the newer tagflow that wrote it, or name another ledger.' },
  );
}

async function readVersion(db: Kysely<Tables>, { where, dialect, tables: list }: SchemaPlace): Promise<number | null> {
  const tables = await list(db);
  if (tables.includes('tagflow_schema')) {
    const row = await db.selectFrom('tagflow_schema').select('version').executeTakeFirst();
    return row?.version ?? 0;
  }
  if (tables.length === 0) return null;
  throw new LedgerError('unreadable', `${where} is a database of something else: it has no table tagflow_schema`, {
    outcome: 'invalid',
    next:
      dialect === 'sqlite'
        ? 'Name another path for the ledger; it is made when it does not exist.'
        : 'Name a database of its own for the ledger, or a schema: ?options=-csearch_path%3Dtagflow after its name.',
  });
}

async function startVersion(trx: Kysely<Tables>, { dialect }: SchemaPlace): Promise<number> {
  const statement = 'create table tagflow_schema (version integer not null)';
  await sql.raw(statementFor(dialect, statement)).execute(trx);
  await trx.insertInto('tagflow_schema').values({ version: 0 }).execute();
  return 0;
}
