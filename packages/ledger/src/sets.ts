import { type ArtifactSet, formatSet, parseSet } from '@tagflow/model';
import type { Transaction } from 'kysely';
import type { Tables } from './tables.ts';

/**
 * Keeps what a plan knows of a hash, in place of what an earlier one knew. A pin knows of a hash before it is built:
 * the set without containers and images, which never replaces one that has some.
 */
export async function keepSet(trx: Transaction<Tables>, set: ArtifactSet): Promise<void> {
  const row = { release: set.release, full_hash: set.fullHash, set_json: formatSet(set) };
  const known = await trx
    .selectFrom('sets')
    .select('set_json')
    .where('release', '=', row.release)
    .where('full_hash', '=', row.full_hash)
    .executeTakeFirst();
  if (known !== undefined && isBare(set) && !isBare(parseSet(known.set_json, `set of ${set.fullHash}`))) return;
  await trx
    .insertInto('sets')
    .values(row)
    .onConflict((conflict) => conflict.columns(['release', 'full_hash']).doUpdateSet({ set_json: row.set_json }))
    .execute();
}

function isBare(set: ArtifactSet): boolean {
  return set.containers.length === 0 && set.images.length === 0;
}
