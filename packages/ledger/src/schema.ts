import { type Kysely, sql } from 'kysely';
import { LedgerError } from './error.ts';

/** The tables. Times are milliseconds since 1970. */
export interface Tables {
  readonly tagflow_schema: { readonly version: number };
  readonly promotions: {
    readonly sequence: number;
    readonly id: string;
    readonly release: string;
    readonly label: string;
    readonly full_hash: string;
    readonly begun_at: number;
    readonly finished_at: number | null;
    readonly outcome: string | null;
    /** The text of the plan file. */
    readonly plan: string;
  };
  readonly journal: {
    readonly promotion: string;
    readonly sequence: number;
    readonly at: number;
    readonly step: string;
    readonly detail: string;
  };
  /**
   * A row stays when its lease ends: `generation` grows with every holder, so that a holder that was overtaken knows
   * it even when the one who overtook it is gone again.
   */
  readonly leases: {
    readonly key: string;
    readonly generation: number;
    /** Null when nobody holds the key. */
    readonly owner: string | null;
    readonly since: number;
    readonly expires: number;
    /** Where the holder's process can be looked up; null where nobody can. */
    readonly place: string | null;
    readonly pid: number | null;
  };
}

/** What brings a ledger from one version to the next; the index is the version it starts from. Append only. */
const migrations: readonly (readonly string[])[] = [
  [
    `create table promotions (
      sequence integer not null unique,
      id text not null primary key,
      release text not null,
      label text not null,
      full_hash text not null,
      begun_at integer not null,
      finished_at integer,
      outcome text,
      plan text not null
    )`,
    `create index promotions_of_label on promotions (release, label, sequence)`,
    `create table journal (
      promotion text not null references promotions (id),
      sequence integer not null,
      at integer not null,
      step text not null,
      detail text not null,
      primary key (promotion, sequence)
    )`,
    `create table leases (
      key text not null primary key,
      generation integer not null,
      owner text,
      since integer not null,
      expires integer not null
    )`,
  ],
  [`alter table leases add column place text`, `alter table leases add column pid integer`],
];

/** The version of a ledger that this tagflow writes. */
const schemaVersion = migrations.length;

/**
 * Brings the database to {@link schemaVersion}; an empty one gets every table.
 * @param where what to call the file in an error
 * @throws LedgerError `newer-schema` for a ledger of a newer tagflow, `unreadable` for a database of something else.
 */
export async function migrate(db: Kysely<Tables>, where: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const version = (await readVersion(trx, where)) ?? (await startVersion(trx));
    refuseNewer(version, where);
    for (const statement of migrations.slice(version).flat()) await sql.raw(statement).execute(trx);
    if (version < schemaVersion) await trx.updateTable('tagflow_schema').set({ version: schemaVersion }).execute();
  });
}

/**
 * Checks that a ledger can be read as it is, and returns whether it is empty still: one that is just being made.
 * @throws LedgerError as {@link migrate}
 */
export async function assertReadable(db: Kysely<Tables>, where: string): Promise<boolean> {
  const version = await readVersion(db, where);
  refuseNewer(version ?? 0, where);
  return (version ?? 0) === 0;
}

function refuseNewer(version: number, where: string): void {
  if (version <= schemaVersion) return;
  throw new LedgerError(
    'newer-schema',
    `ledger ${where} has schema version ${String(version)}; this tagflow knows versions up to ${String(schemaVersion)}`,
    { outcome: 'invalid', next: 'Use the newer tagflow that wrote it, or name another ledger.' },
  );
}

/** Returns null for an empty database. */
async function readVersion(db: Kysely<Tables>, where: string): Promise<number | null> {
  const tables = await db.introspection.getTables();
  if (tables.some((table) => table.name === 'tagflow_schema')) {
    const row = await db.selectFrom('tagflow_schema').select('version').executeTakeFirst();
    return row?.version ?? 0;
  }
  if (tables.length === 0) return null;
  throw new LedgerError('unreadable', `${where} is a database of something else: it has no table tagflow_schema`, {
    outcome: 'invalid',
    next: 'Name another path for the ledger; it is made when it does not exist.',
  });
}

async function startVersion(trx: Kysely<Tables>): Promise<number> {
  await sql.raw('create table tagflow_schema (version integer not null)').execute(trx);
  await trx.insertInto('tagflow_schema').values({ version: 0 }).execute();
  return 0;
}
