import { canonicalJson, type Debts, parseLabel } from '@tagflow/model';
import type { Kysely, Transaction } from 'kysely';
import { LedgerError } from './error.ts';
import type { Tables } from './tables.ts';

/** Writes down what a label owes now. */
export async function replaceDebts(trx: Transaction<Tables>, debts: Debts): Promise<void> {
  const { release, label, at } = debts;
  const row = { release, label, at, sentences: canonicalJson(debts.sentences) };
  await trx
    .insertInto('debts')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['release', 'label']).doUpdateSet({ at: row.at, sentences: row.sentences }),
    )
    .execute();
}

/** Returns what is owed, by label. */
export async function selectDebts(db: Kysely<Tables>, release: string): Promise<readonly Debts[]> {
  const rows = await db.selectFrom('debts').selectAll().where('release', '=', release).orderBy('label').execute();
  return rows
    .map(({ label, at, sentences }) => ({
      release,
      label: parseLabel(label),
      at,
      sentences: parseList(sentences, label),
    }))
    .filter(({ sentences }) => sentences.length > 0);
}

function parseList(text: string, label: string): readonly string[] {
  const data: unknown = JSON.parse(text);
  if (Array.isArray(data) && data.every((item) => typeof item === 'string')) return data;
  throw new LedgerError('unreadable', `the debts of ${label} in the ledger are no list of sentences`);
}
