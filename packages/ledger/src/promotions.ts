import { canonicalJson, formatPlan, type JournalEntry, type Outcome, type Plan } from '@tagflow/model';
import type { Transaction } from 'kysely';
import { digestOf } from './digest.ts';
import type { LedgerEffects } from './effects.ts';
import { LedgerError } from './error.ts';
import { readPlan } from './records.ts';
import { keepSet } from './sets.ts';
import type { Store } from './store.ts';
import type { Tables } from './tables.ts';

/** Records the promotion, its plan and its sets, and returns its new id, such as `20260102T030405Z-4f2k9q`. */
export async function insertPromotion(
  store: Store,
  trx: Transaction<Tables>,
  effects: LedgerEffects,
  plan: Plan,
): Promise<string> {
  await store.alone(trx);
  const now = effects.clock.now();
  const last = await trx
    .selectFrom('promotions')
    .select((select) => select.fn.max('sequence').as('sequence'))
    .executeTakeFirst();
  let id = newId(now, effects.random);
  while (await exists(trx, id)) id = newId(now, effects.random);
  const text = formatPlan(plan);
  const digest = digestOf(text);
  await trx
    .insertInto('plans')
    .values({ digest, plan: text })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
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
      version: plan.version,
      plan_digest: digest,
    })
    .execute();
  if (plan.fromSet !== null) await keepSet(trx, plan.fromSet);
  await keepSet(trx, plan.set);
  return id;
}

async function exists(trx: Transaction<Tables>, id: string): Promise<boolean> {
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
export async function insertEntry(
  store: Store,
  trx: Transaction<Tables>,
  id: string,
  entry: JournalEntry,
): Promise<void> {
  await store.alone(trx);
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

/**
 * Gives the promotion its outcome; once it is done, the waivers that it used are remembered.
 * @throws LedgerError `unknown-promotion`.
 */
export async function finishPromotion(
  trx: Transaction<Tables>,
  id: string,
  outcome: Outcome,
  now: number,
): Promise<void> {
  const finished = await trx
    .updateTable('promotions')
    .set({ outcome, finished_at: now })
    .where('id', '=', id)
    .returning('plan_digest')
    .executeTakeFirst();
  if (finished === undefined) throw unknownPromotion(id);
  if (outcome !== 'done') return;
  const row = await trx
    .selectFrom('plans')
    .select('plan')
    .where('digest', '=', finished.plan_digest)
    .executeTakeFirstOrThrow();
  const { waivers } = readPlan(row.plan, id);
  if (waivers.length === 0) return;
  await trx
    .insertInto('waivers_used')
    .values(waivers.map((waiver) => ({ promotion: id, waiver: waiver.id, entry: canonicalJson(waiver) })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

function unknownPromotion(id: string): LedgerError {
  return new LedgerError('unknown-promotion', `the ledger knows no promotion "${id}"`, {
    next: 'The ledger may have been replaced since the promotion began; its history is lost, the labels are not.',
  });
}
