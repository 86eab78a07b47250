import {
  type Clock,
  formatPlan,
  type JournalEntry,
  type Label,
  type Outcome,
  outcomes,
  parsePlan,
  type Plan,
  type PromotionRecord,
} from '@tagflow/model';
import type { Kysely, Selectable } from 'kysely';
import { LedgerError } from './error.ts';
import type { Tables } from './schema.ts';

const steps: readonly JournalEntry['step'][] = [
  'begun',
  'staged',
  'verified',
  'flipping',
  'moved',
  'committed',
  'undoing',
  'finished',
];

/** Records the promotion and returns its new id, such as `20260102T030405Z-4f2k9q`. */
export async function insertPromotion(
  trx: Kysely<Tables>,
  effects: { readonly clock: Clock; readonly random: () => number },
  plan: Plan,
): Promise<string> {
  const now = effects.clock.now();
  const last = await trx
    .selectFrom('promotions')
    .select((select) => select.fn.max('sequence').as('sequence'))
    .executeTakeFirst();
  let id = newId(now, effects.random);
  while (await exists(trx, id)) id = newId(now, effects.random);
  await trx
    .insertInto('promotions')
    .values({
      sequence: (last?.sequence ?? 0) + 1,
      id,
      release: plan.release,
      label: plan.label,
      full_hash: plan.toHash,
      begun_at: now,
      finished_at: null,
      outcome: null,
      plan: formatPlan(plan),
    })
    .execute();
  return id;
}

async function exists(trx: Kysely<Tables>, id: string): Promise<boolean> {
  const row = await trx.selectFrom('promotions').select('id').where('id', '=', id).executeTakeFirst();
  return row !== undefined;
}

function newId(now: number, random: () => number): string {
  const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `${time}-${Math.floor(random() * 36 ** 6)
    .toString(36)
    .padStart(6, '0')}`;
}

/** @throws LedgerError `unknown-promotion`. */
export async function insertEntry(trx: Kysely<Tables>, id: string, entry: JournalEntry): Promise<void> {
  if (!(await exists(trx, id))) throw unknownPromotion(id);
  const last = await trx
    .selectFrom('journal')
    .select((select) => select.fn.max('sequence').as('sequence'))
    .where('promotion', '=', id)
    .executeTakeFirst();
  await trx
    .insertInto('journal')
    .values({ promotion: id, sequence: (last?.sequence ?? 0) + 1, ...entry })
    .execute();
}

/** @throws LedgerError `unknown-promotion`. */
export async function finishPromotion(trx: Kysely<Tables>, id: string, outcome: Outcome, now: number): Promise<void> {
  const finished = await trx
    .updateTable('promotions')
    .set({ outcome, finished_at: now })
    .where('id', '=', id)
    .executeTakeFirst();
  if (finished.numUpdatedRows !== 1n) throw unknownPromotion(id);
}

function unknownPromotion(id: string): LedgerError {
  return new LedgerError('unknown-promotion', `the ledger knows no promotion "${id}"`, {
    next: 'The ledger may have been replaced since the promotion began; its history is lost, the labels are not.',
  });
}

/** Returns the promotions of a label that have no outcome or ended half-done, oldest first. */
export async function selectUnfinished(
  db: Kysely<Tables>,
  release: string,
  label: Label,
): Promise<readonly PromotionRecord[]> {
  const rows = await promotionsOf(db, release, label)
    .where((where) => where.or([where('outcome', 'is', null), where('outcome', '=', 'half-done')]))
    .orderBy('sequence')
    .execute();
  return readRecords(db, rows);
}

/** Returns the last promotions of a label, newest first. */
export async function selectHistory(
  db: Kysely<Tables>,
  release: string,
  label: Label,
  limit: number,
): Promise<readonly PromotionRecord[]> {
  const rows = await promotionsOf(db, release, label).orderBy('sequence', 'desc').limit(limit).execute();
  return readRecords(db, rows);
}

function promotionsOf(db: Kysely<Tables>, release: string, label: Label) {
  return db.selectFrom('promotions').selectAll().where('release', '=', release).where('label', '=', label);
}

async function readRecords(
  db: Kysely<Tables>,
  rows: readonly Selectable<Tables['promotions']>[],
): Promise<readonly PromotionRecord[]> {
  const records: PromotionRecord[] = [];
  for (const row of rows) {
    const entries = await db
      .selectFrom('journal')
      .select(['at', 'step', 'detail'])
      .where('promotion', '=', row.id)
      .orderBy('sequence')
      .execute();
    records.push({
      id: row.id,
      plan: parsePlan(row.plan, `plan of promotion ${row.id}`),
      outcome: row.outcome === null ? null : oneOf(outcomes, row.outcome, `outcome of promotion ${row.id}`),
      journal: entries.map((entry) => ({ ...entry, step: oneOf(steps, entry.step, `journal of promotion ${row.id}`) })),
    });
  }
  return records;
}

function oneOf<Word extends string>(words: readonly Word[], text: string, where: string): Word {
  const word = words.find((candidate) => candidate === text);
  if (word === undefined) throw new LedgerError('unreadable', `${where} in the ledger says "${text}"`);
  return word;
}
