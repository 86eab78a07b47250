import { canonicalJson } from '@tagflow/model';
import { type Kysely, sql } from 'kysely';
import { LedgerError } from './error.ts';
import { exportedTables, type ExportedRow, exportSchema, type ExportedTable, tableNames } from './export-format.ts';
import { schemaVersion } from './migrations.ts';
import { openReadStore } from './open-ledger.ts';
import type { Tables } from './tables.ts';

const rowsAtOnce = 200;

/**
 * Returns the lines of a whole ledger as it is at one moment, each a JSON object with its line ending: a header
 * `{schema, version}`, then `{table, row}`, and `{end: {rows}}`, without which an export was cut off. Leases are left
 * out. Equal ledgers give equal bytes, whichever database they live in.
 * @throws LedgerError `unreadable` when there is none, `older-schema`; and what opening it throws
 */
export async function* exportLedger(url: string): AsyncGenerator<string> {
  const store = await openReadStore(url);
  if (store === null) {
    throw new LedgerError('unreadable', 'there is no ledger to export', {
      outcome: 'invalid',
      next: 'Check ledger.url in tagflow.yaml: a ledger is made by the first promotion.',
    });
  }
  try {
    if (store.version !== schemaVersion) {
      throw new LedgerError(
        'older-schema',
        `ledger ${store.where} has schema version ${String(store.version)}, an export is of version ${String(schemaVersion)}`,
        { outcome: 'invalid', next: 'Run any promotion with it once, which brings it to that version.' },
      );
    }
    yield line({ schema: exportSchema, version: schemaVersion });
    let rows = 0;
    for await (const row of store.snapshot(everyRow)) {
      yield line(row);
      rows += 1;
    }
    yield line({ end: { rows } });
  } finally {
    await store.close();
  }
}

async function* everyRow(db: Kysely<Tables>): AsyncGenerator<{ table: ExportedTable; row: ExportedRow }> {
  for (const table of tableNames) {
    const key = exportedTables[table].key;
    const columns = sql.join(key.map((name) => sql.ref(name)));
    let last: ExportedRow | undefined;
    for (;;) {
      const from = last;
      const after = from === undefined ? sql`` : sql`where (${columns}) > (${sql.join(key.map((name) => from[name]))})`;
      const page = sql<ExportedRow>`
        select * from ${sql.table(table)} ${after} order by ${columns} limit ${sql.lit(rowsAtOnce)}`;
      const { rows } = await page.execute(db);
      for (const row of rows) yield { table, row };
      last = rows.at(-1);
      if (last === undefined || rows.length < rowsAtOnce) break;
    }
  }
}

function line(value: unknown): string {
  return `${canonicalJson(value)}\n`;
}
