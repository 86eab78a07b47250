import { canonicalJson, messageOf } from '@tagflow/model';
import { sql, type Transaction } from 'kysely';
import { digestOf } from './digest.ts';
import type { LedgerEffects } from './effects.ts';
import { LedgerError } from './error.ts';
import {
  complaintAbout,
  exportedTables,
  type ExportedRow,
  exportSchema,
  type ExportedTable,
  tableNames,
} from './export-format.ts';
import { schemaVersion } from './migrations.ts';
import { openStore } from './open-ledger.ts';
import type { Store } from './store.ts';
import type { Tables } from './tables.ts';

export interface ImportReport {
  /** Rows that were written. */
  readonly added: number;
  /** Rows that were there already, and say the same. */
  readonly known: number;
}

/**
 * Puts what {@link exportLedger} gave into the ledger that a URL names, which is made where there is none: all of it in
 * one transaction, or nothing. Rows that are there already are left alone, so that an import may be repeated; two
 * ledgers of different histories are not merged, because each counts its promotions from 1.
 * @param lines with or without their line endings
 * @throws LedgerError `bad-export` with the number of the line, `contradiction` naming the row, `newer-schema`; and
 *   what {@link openLedger} throws
 */
export async function importLedger(
  url: string,
  lines: AsyncIterable<string> | Iterable<string>,
  effects: LedgerEffects,
): Promise<ImportReport> {
  const store = await openStore(url, effects, true);
  try {
    return await store.change((trx) => importInto(store, trx, lines));
  } finally {
    await store.close();
  }
}

async function importInto(
  store: Store,
  trx: Transaction<Tables>,
  lines: AsyncIterable<string> | Iterable<string>,
): Promise<ImportReport> {
  await store.alone(trx);
  let number = 0;
  let added = 0;
  let known = 0;
  let ended = false;
  for await (const text of lines) {
    if (text.trim() === '') continue;
    number += 1;
    const data = parseLine(text, number);
    if (number === 1) {
      checkHeader(data);
      continue;
    }
    if (ended) throw badExport(number, 'something follows the end');
    if ('end' in data) {
      const rows = (data['end'] as { rows?: unknown } | null)?.rows;
      if (rows !== added + known) throw badExport(number, `${String(added + known)} rows came, not ${String(rows)}`);
      ended = true;
      continue;
    }
    const { table, row } = rowOf(data, number);
    if (await insert(trx, table, row, number)) added += 1;
    else known += 1;
  }
  if (!ended) throw badExport(number, 'the end is missing: the export was cut off');
  return { added, known };
}

function parseLine(text: string, number: number): Readonly<Record<string, unknown>> {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw badExport(number, 'it is not JSON');
  }
  if (typeof data !== 'object' || data === null) throw badExport(number, 'it is no object');
  return data as Readonly<Record<string, unknown>>;
}

function checkHeader({ schema, version }: Readonly<Record<string, unknown>>): void {
  if (schema !== exportSchema) throw badExport(1, `its schema is not "${exportSchema}"`);
  if (typeof version === 'number' && version > schemaVersion) {
    throw new LedgerError(
      'newer-schema',
      `the export is of schema version ${String(version)}; this tagflow knows versions up to ${String(schemaVersion)}`,
      { outcome: 'invalid', next: 'Use the newer tagflow that wrote it.' },
    );
  }
  if (version !== schemaVersion) throw badExport(1, `its version is not ${String(schemaVersion)}`);
}

function rowOf(
  { table: name, row }: Readonly<Record<string, unknown>>,
  number: number,
): { readonly table: ExportedTable; readonly row: ExportedRow } {
  const table = tableNames.find((known) => known === name);
  if (table === undefined || typeof row !== 'object' || row === null)
    throw badExport(number, 'it is no row of a table');
  const checked = row as ExportedRow;
  const complaint = complaintAbout(checked, exportedTables[table]);
  if (complaint !== null) throw badExport(number, complaint);
  if (table === 'plans' && digestOf(String(checked['plan'])) !== checked['digest']) {
    throw badExport(number, 'the digest of the plan is another: somebody changed it');
  }
  if (table === 'hand_offs' && digestOf(String(checked['manifest'])) !== checked['digest']) {
    throw badExport(number, 'the digest of the manifest is another: somebody changed it');
  }
  return { table, row: checked };
}

/** Returns false for a row that is there already. */
async function insert(
  trx: Transaction<Tables>,
  table: ExportedTable,
  row: ExportedRow,
  number: number,
): Promise<boolean> {
  const names = Object.keys(row);
  const insertion = sql`
    insert into ${sql.table(table)} (${sql.join(names.map((name) => sql.ref(name)))})
    values (${sql.join(names.map((name) => row[name]))})
    on conflict do nothing`;
  const written = await insertion.execute(trx).catch((error: unknown) => {
    // Both databases say it in these words.
    if (!/foreign key/i.test(messageOf(error))) throw error;
    throw badExport(number, 'it refers to a row that did not come before it');
  });
  if (written.numAffectedRows === 1n) return true;
  const key = exportedTables[table].key;
  const isIt = sql.join(
    key.map((name) => sql`${sql.ref(name)} = ${row[name]}`),
    sql` and `,
  );
  const { rows } = await sql<ExportedRow>`select * from ${sql.table(table)} where ${isIt}`.execute(trx);
  if (rows[0] !== undefined && canonicalJson(rows[0]) === canonicalJson(row)) return false;
  const which = `${table} ${key.map((name) => String(row[name])).join(' ')}`;
  const what = rows[0] === undefined ? 'another row has its sequence' : `${differences(rows[0], row)} differs`;
  throw new LedgerError('contradiction', `${which}: the ledger says something else than the export: ${what}`, {
    outcome: 'invalid',
    next: 'Import into an empty ledger, or one that holds nothing but an earlier part of the same history.',
  });
}

function differences(there: ExportedRow, row: ExportedRow): string {
  return Object.keys(row)
    .filter((name) => there[name] !== row[name])
    .join(', ');
}

function badExport(number: number, why: string): LedgerError {
  return new LedgerError('bad-export', `line ${String(number)} of the export cannot be imported: ${why}`, {
    outcome: 'invalid',
    next: 'Nothing was imported. Export the ledger again.',
  });
}
