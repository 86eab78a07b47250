import { type Kysely, sql } from 'kysely';
import { digestOf } from './digest.ts';
import type { Tables } from './tables.ts';

/** A statement in the words of SQLite, see {@link statementFor}; or what statements alone cannot do. */
type Step = string | ((trx: Kysely<Tables>) => Promise<void>);

/** What brings a ledger from one version to the next; the index is the version it starts from. Append only. */
export const migrations: readonly (readonly Step[])[] = [
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
  [
    `create table plans (digest text not null primary key, plan text not null)`,
    `alter table promotions add column version integer not null default 0`,
    `alter table promotions add column plan_digest text references plans (digest)`,
    movePlans,
    `alter table promotions drop column plan`,
    `create table sets (
      release text not null,
      full_hash text not null,
      set_json text not null,
      primary key (release, full_hash)
    )`,
    `create table votes_seen (
      digest text not null primary key,
      release text not null,
      full_hash text not null,
      job text not null,
      result text not null,
      timestamp integer not null,
      url text not null,
      notes text,
      reporter text,
      seen_at integer not null
    )`,
    `create index votes_of_job on votes_seen (release, job)`,
    `create table verdicts (
      release text not null,
      label text not null,
      full_hash text not null,
      sequence integer not null,
      at integer not null,
      answer text not null,
      verdict text not null,
      primary key (release, label, full_hash, sequence)
    )`,
    `create table waivers_used (
      promotion text not null references promotions (id),
      waiver text not null,
      entry text not null,
      primary key (promotion, waiver)
    )`,
    `create table debts (
      release text not null,
      label text not null,
      at integer not null,
      sentences text not null,
      primary key (release, label)
    )`,
    `create table policies (
      id text not null primary key,
      release text,
      sequence integer not null unique,
      entry text not null,
      added_at integer not null,
      lifted_at integer,
      lifted_by text
    )`,
  ],
  [
    `create table hand_offs (
      release text not null,
      full_hash text not null,
      destination text not null,
      digest text not null,
      label text,
      delivered_at integer not null,
      promotion text,
      manifest text not null,
      acknowledgement text,
      acknowledged_at integer,
      primary key (release, full_hash, destination, digest)
    )`,
  ],
];

/** The version of a ledger that this tagflow writes. */
export const schemaVersion = migrations.length;

/** The first version with more than promotions, journal and leases. */
export const versionWithDecisions = 3;

/** The first version that remembers deliveries. */
export const versionWithHandOffs = 4;

/**
 * Returns a statement as a database wants it. PostgreSQL's integers are too small for milliseconds, and its texts are
 * sorted as the server's language does; exports of both have to be equal.
 */
export function statementFor(dialect: 'sqlite' | 'postgres', statement: string): string {
  if (dialect === 'sqlite') return statement;
  return statement.replaceAll(/\binteger\b/g, 'bigint').replaceAll(/\btext\b/g, 'text collate "C"');
}

async function movePlans(trx: Kysely<Tables>): Promise<void> {
  const { rows } = await sql<{ id: string }>`select id from promotions`.execute(trx);
  for (const { id } of rows) {
    const old = await sql<{ plan: string }>`select plan from promotions where id = ${id}`.execute(trx);
    const plan = old.rows[0]?.plan ?? '';
    const digest = digestOf(plan);
    await trx
      .insertInto('plans')
      .values({ digest, plan })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await trx.updateTable('promotions').set({ plan_digest: digest }).where('id', '=', id).execute();
  }
}
