import { type JournalEntry, type Label, outcomes, parsePlan, type Plan, type PromotionRecord } from '@tagflow/model';
import { type Kysely, sql } from 'kysely';
import { LedgerError } from './error.ts';
import { versionWithDecisions } from './migrations.ts';
import type { Tables } from './tables.ts';

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

/** Returns the promotions of a label that have no outcome or ended half-done, oldest first. */
export async function selectUnfinished(
  db: Kysely<Tables>,
  version: number,
  release: string,
  label: Label,
): Promise<readonly PromotionRecord[]> {
  const rows = await promotionsOf(db, version, release, label)
    .where((where) => where.or([where('outcome', 'is', null), where('outcome', '=', 'half-done')]))
    .orderBy('sequence')
    .execute();
  return readRecords(db, rows);
}

/** Returns the last promotions of a label, newest first. */
export async function selectHistory(
  db: Kysely<Tables>,
  version: number,
  release: string,
  label: Label,
  limit: number,
): Promise<readonly PromotionRecord[]> {
  const rows = await promotionsOf(db, version, release, label).orderBy('sequence', 'desc').limit(limit).execute();
  return readRecords(db, rows);
}

/** Returns the last promotion of each label that was done at that moment, by label. A repair moves no label. */
export async function selectAsOf(
  db: Kysely<Tables>,
  version: number,
  release: string,
  at: number,
): Promise<readonly PromotionRecord[]> {
  const labels = await db
    .selectFrom('promotions')
    .select('label')
    .distinct()
    .where('release', '=', release)
    .orderBy('label')
    .execute();
  const found: PromotionRecord[] = [];
  for (const { label } of labels) {
    const done = promotionsOf(db, version, release, label)
      .where('outcome', '=', 'done')
      .where('finished_at', '<=', at)
      .orderBy('finished_at', 'desc')
      .orderBy('sequence', 'desc')
      .limit(1);
    for (let offset = 0; ; offset += 1) {
      const [record] = await readRecords(db, await done.offset(offset).execute());
      if (record !== undefined && record.plan.mode === 'repair') continue;
      if (record !== undefined) found.push(record);
      break;
    }
  }
  return found;
}

/** Returns the highest version that a label got by a promotion that was done; 0 for none. */
export async function selectLastVersion(
  db: Kysely<Tables>,
  version: number,
  release: string,
  label: Label,
): Promise<number> {
  if (version < versionWithDecisions) return 0;
  const row = await db
    .selectFrom('promotions')
    .select((select) => select.fn.max('version').as('version'))
    .where('release', '=', release)
    .where('label', '=', label)
    .where('outcome', '=', 'done')
    .executeTakeFirst();
  return row?.version ?? 0;
}

/** A promotion's row with its plan, wherever that version of the ledger keeps it. */
interface RowWithPlan {
  readonly id: string;
  readonly outcome: string | null;
  readonly plan: string;
}

function promotionsOf(db: Kysely<Tables>, version: number, release: string, label: string) {
  const apart = version >= versionWithDecisions;
  return db
    .selectFrom('promotions')
    .$if(apart, (query) => query.innerJoin('plans', 'plans.digest', 'promotions.plan_digest'))
    .select(['id', 'outcome', (apart ? sql<string>`plans.plan` : sql<string>`promotions.plan`).as('plan')])
    .where('release', '=', release)
    .where('label', '=', label);
}

async function readRecords(db: Kysely<Tables>, rows: readonly RowWithPlan[]): Promise<readonly PromotionRecord[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const entries = await db
    .selectFrom('journal')
    .select(['promotion', 'at', 'step', 'detail'])
    .where('promotion', 'in', ids)
    .orderBy('promotion')
    .orderBy('sequence')
    .execute();
  const journals = Map.groupBy(entries, ({ promotion }) => promotion);
  return rows.map(({ id, plan, outcome }) => ({
    id,
    plan: readPlan(plan, id),
    outcome: outcome === null ? null : oneOf(outcomes, outcome, `outcome of promotion ${id}`),
    journal: (journals.get(id) ?? []).map(({ at, step, detail }) => ({
      ...{ at, detail },
      step: oneOf(steps, step, `journal of promotion ${id}`),
    })),
  }));
}

/** Returns the plan of a promotion that the ledger keeps as text. */
export function readPlan(text: string, id: string): Plan {
  return parsePlan(text, `plan of promotion ${id}`);
}

/** @throws LedgerError `unreadable` for a word that this tagflow does not know. */
function oneOf<Word extends string>(words: readonly Word[], text: string, where: string): Word {
  const word = words.find((candidate) => candidate === text);
  if (word === undefined) throw new LedgerError('unreadable', `${where} in the ledger says "${text}"`);
  return word;
}
