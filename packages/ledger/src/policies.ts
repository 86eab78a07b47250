import { canonicalJson, type PolicyEntry } from '@tagflow/model';
import type { Kysely, Transaction } from 'kysely';
import { LedgerError } from './error.ts';
import type { Store } from './store.ts';
import type { Tables } from './tables.ts';

const kinds: readonly string[] = ['waiver', 'hold', 'freeze'] satisfies readonly PolicyEntry['kind'][];

/** Adds entries; one whose id is there already stays as it is, also when it was lifted. */
export async function insertPolicy(
  store: Store,
  trx: Transaction<Tables>,
  entries: readonly PolicyEntry[],
  now: number,
): Promise<void> {
  await store.alone(trx);
  const last = await trx
    .selectFrom('policies')
    .select((select) => select.fn.max('sequence').as('sequence'))
    .executeTakeFirst();
  for (const [index, entry] of entries.entries()) {
    const sequence = (last?.sequence ?? 0) + 1 + index;
    const row = { id: entry.id, release: entry.release, sequence, entry: canonicalJson(entry), added_at: now };
    await trx
      .insertInto('policies')
      .values({ ...row, lifted_at: null, lifted_by: null })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute();
  }
}

/** Ends entries before their time. The first who lifts one is remembered. */
export async function liftEntries(
  trx: Transaction<Tables>,
  ids: readonly string[],
  by: string,
  now: number,
): Promise<void> {
  if (ids.length === 0) return;
  await trx
    .updateTable('policies')
    .set({ lifted_at: now, lifted_by: by })
    .where('id', 'in', ids)
    .where('lifted_at', 'is', null)
    .execute();
}

/** Returns the entries for a release that nobody has lifted, oldest first. */
export async function selectPolicy(db: Kysely<Tables>, release: string): Promise<readonly PolicyEntry[]> {
  const rows = await db
    .selectFrom('policies')
    .select(['id', 'entry'])
    .where((where) => where.or([where('release', 'is', null), where('release', '=', release)]))
    .where('lifted_at', 'is', null)
    .orderBy('sequence')
    .execute();
  return rows.map(({ id, entry }) => parseEntry(entry, id));
}

function parseEntry(text: string, id: string): PolicyEntry {
  const data = JSON.parse(text) as Partial<PolicyEntry> | null;
  if (data?.id === id && kinds.includes(data.kind ?? '')) return data as PolicyEntry;
  throw new LedgerError('unreadable', `the hold or freeze ${id} in the ledger cannot be read`);
}
