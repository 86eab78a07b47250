import type { Tables } from './tables.ts';

/** What the first line of an export says it is. */
export const exportSchema = 'tagflow/ledger/v1';

type Column = 'text' | 'text?' | 'integer' | 'integer?';
/** Leases are of the moment: whoever holds one holds it in the ledger where it was taken. */
export type ExportedTable = Exclude<keyof Tables, 'tagflow_schema' | 'leases'>;

export interface TableShape {
  /** The columns that tell rows apart: what an export is sorted by. */
  readonly key: readonly string[];
  readonly columns: Readonly<Record<string, Column>>;
}

type Shapes = { readonly [Name in ExportedTable]: TableShape & { columns: Record<keyof Tables[Name], Column> } };

/** The tables of an export, each after those that it refers to. */
export const exportedTables: Shapes = {
  plans: { key: ['digest'], columns: { digest: 'text', plan: 'text' } },
  promotions: {
    key: ['id'],
    columns: {
      sequence: 'integer',
      id: 'text',
      release: 'text',
      label: 'text',
      full_hash: 'text',
      begun_at: 'integer',
      finished_at: 'integer?',
      outcome: 'text?',
      version: 'integer',
      plan_digest: 'text',
    },
  },
  journal: {
    key: ['promotion', 'sequence'],
    columns: { promotion: 'text', sequence: 'integer', at: 'integer', step: 'text', detail: 'text' },
  },
  sets: { key: ['release', 'full_hash'], columns: { release: 'text', full_hash: 'text', set_json: 'text' } },
  votes_seen: {
    key: ['digest'],
    columns: {
      digest: 'text',
      release: 'text',
      full_hash: 'text',
      job: 'text',
      result: 'text',
      timestamp: 'integer',
      url: 'text',
      notes: 'text?',
      reporter: 'text?',
      seen_at: 'integer',
    },
  },
  verdicts: {
    key: ['release', 'label', 'full_hash', 'sequence'],
    columns: {
      release: 'text',
      label: 'text',
      full_hash: 'text',
      sequence: 'integer',
      at: 'integer',
      answer: 'text',
      verdict: 'text',
    },
  },
  waivers_used: {
    key: ['promotion', 'waiver'],
    columns: { promotion: 'text', waiver: 'text', entry: 'text' },
  },
  debts: {
    key: ['release', 'label'],
    columns: { release: 'text', label: 'text', at: 'integer', sentences: 'text' },
  },
  policies: {
    key: ['id'],
    columns: {
      id: 'text',
      release: 'text?',
      sequence: 'integer',
      entry: 'text',
      added_at: 'integer',
      lifted_at: 'integer?',
      lifted_by: 'text?',
    },
  },
  hand_offs: {
    key: ['release', 'full_hash', 'destination', 'digest'],
    columns: {
      release: 'text',
      full_hash: 'text',
      destination: 'text',
      digest: 'text',
      label: 'text?',
      delivered_at: 'integer',
      promotion: 'text?',
      manifest: 'text',
      acknowledgement: 'text?',
      acknowledged_at: 'integer?',
    },
  },
};

export const tableNames = Object.keys(exportedTables) as readonly ExportedTable[];

export type ExportedRow = Readonly<Record<string, string | number | null>>;

/** Returns what is wrong with a row of a table, or null. */
export function complaintAbout(row: Readonly<Record<string, unknown>>, { columns }: TableShape): string | null {
  const stranger = Object.keys(row).find((name) => !Object.hasOwn(columns, name));
  if (stranger !== undefined) return `the column "${stranger}" is unknown`;
  for (const [name, column] of Object.entries(columns)) {
    const value = row[name];
    const isRight =
      (value === null && column.endsWith('?')) ||
      (column.startsWith('text') ? typeof value === 'string' : Number.isSafeInteger(value));
    if (!isRight) return `${name} is no ${column.replace('?', '')}`;
  }
  return null;
}
