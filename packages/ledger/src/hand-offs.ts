import { type HandOff, type HandOffQuery, parseFullHash, parseLabel } from '@tagflow/model';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables } from './tables.ts';

/** Writes a delivery down; of one that is known, its time and what is new of its acknowledgement. */
export async function upsertHandOff(trx: Transaction<Tables>, handOff: HandOff): Promise<void> {
  const { release, destination, digest, label, manifest, acknowledgement } = handOff;
  await trx
    .insertInto('hand_offs')
    .values({
      ...{ release, full_hash: handOff.fullHash, destination, digest, label, manifest },
      delivered_at: handOff.deliveredAt,
      promotion: handOff.promotionId,
      acknowledgement: acknowledgement?.text ?? null,
      acknowledged_at: acknowledgement?.at ?? null,
    })
    .onConflict((conflict) =>
      conflict.columns(['release', 'full_hash', 'destination', 'digest']).doUpdateSet({
        delivered_at: handOff.deliveredAt,
        acknowledgement: sql`coalesce(excluded.acknowledgement, hand_offs.acknowledgement)`,
        acknowledged_at: sql`coalesce(excluded.acknowledged_at, hand_offs.acknowledged_at)`,
      }),
    )
    .execute();
}

/** Returns the deliveries that were made, newest first. */
export async function selectHandOffs(
  db: Kysely<Tables>,
  { release, fullHash, destination, asOf }: HandOffQuery,
): Promise<readonly HandOff[]> {
  const rows = await db
    .selectFrom('hand_offs')
    .selectAll()
    .where('release', '=', release)
    .$if(fullHash !== undefined, (query) => query.where('full_hash', '=', fullHash ?? ''))
    .$if(destination !== undefined, (query) => query.where('destination', '=', destination ?? ''))
    .$if(asOf !== undefined, (query) => query.where('delivered_at', '<=', asOf ?? 0))
    .orderBy('delivered_at', 'desc')
    .orderBy('full_hash')
    .orderBy('destination')
    .orderBy('digest')
    .execute();
  return rows.map((row) => ({
    digest: row.digest,
    release: row.release,
    label: row.label === null ? null : parseLabel(row.label),
    fullHash: parseFullHash(row.full_hash),
    destination: row.destination,
    deliveredAt: row.delivered_at,
    promotionId: row.promotion,
    manifest: row.manifest,
    acknowledgement: row.acknowledgement === null ? null : { at: row.acknowledged_at ?? 0, text: row.acknowledgement },
  }));
}
