import type { Clock, Lease } from '@tagflow/model';
import type { Kysely, Transaction } from 'kysely';
import { LedgerError } from './error.ts';
import { hasEnded, type Holder } from './holder.ts';
import type { Tables } from './schema.ts';

/** Runs `work` as one transaction that nobody else's writes can slip into. */
export type Exclusive = <Result>(work: (trx: Transaction<Tables>) => Promise<Result>) => Promise<Result>;

/** What was taken: each key with the generation that makes it ours. */
type Held = ReadonlyMap<string, number>;

/**
 * Takes all keys in one transaction, or none. Every call is a holder of its own, whatever `owner` says; a lease that
 * expired, or whose process has ended on this machine, can be taken over.
 * @throws LedgerError `held`, naming the holder; `no-keys` for an empty list.
 */
export async function acquireLease(
  exclusive: Exclusive,
  clock: Clock,
  keys: readonly string[],
  owner: string,
  ttlMs: number,
  self: Holder,
): Promise<Lease> {
  if (keys.length === 0)
    throw new LedgerError('no-keys', 'a lease of no keys would protect nothing', { outcome: 'invalid' });
  const held = await exclusive((trx) => take(trx, clock.now(), [...new Set(keys)].sort(), owner, ttlMs, self));
  return {
    check: () => exclusive((trx) => renew(trx, clock.now(), held, owner, ttlMs)),
    release: () => exclusive((trx) => giveBack(trx, held)).catch(unlessLost),
  };
}

async function take(
  trx: Kysely<Tables>,
  now: number,
  keys: readonly string[],
  owner: string,
  ttlMs: number,
  self: Holder,
): Promise<Held> {
  const rows = await trx.selectFrom('leases').selectAll().where('key', 'in', keys).orderBy('key').execute();
  const known = new Map(rows.map((row) => [row.key, row]));
  const foreign = rows.find((row) => row.owner !== null && row.expires > now && !hasEnded(row, self));
  if (foreign !== undefined) {
    throw new LedgerError(
      'held',
      `"${foreign.key}" is held by ${foreign.owner ?? 'nobody'} since ${iso(foreign.since)}; the lease expires ${iso(foreign.expires)}`,
      {
        outcome: 'waiting',
        next: 'Run the same command later. A holder that died elsewhere is overtaken when its lease expires.',
      },
    );
  }
  const held = new Map<string, number>();
  for (const key of keys) {
    const generation = (known.get(key)?.generation ?? 0) + 1;
    const row = { key, generation, owner, since: now, expires: now + ttlMs, ...self };
    await trx
      .insertInto('leases')
      .values(row)
      .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
      .execute();
    held.set(key, generation);
  }
  return held;
}

/** Renews every key, also one that expired and that nobody took since. */
async function renew(trx: Kysely<Tables>, now: number, held: Held, owner: string, ttlMs: number): Promise<void> {
  for (const [key, generation] of held) {
    const renewed = await trx
      .updateTable('leases')
      .set({ expires: now + ttlMs })
      .where('key', '=', key)
      .where('generation', '=', generation)
      .where('owner', 'is not', null)
      .executeTakeFirst();
    if (renewed.numUpdatedRows === 1n) continue;
    const row = await trx.selectFrom('leases').selectAll().where('key', '=', key).executeTakeFirst();
    const why =
      row?.owner == null
        ? 'it was released'
        : row.generation === generation
          ? 'the ledger was changed by hand'
          : `${row.owner} took it at ${iso(row.since)}`;
    throw new LedgerError('lost', `the lease of "${key}" is no longer held by ${owner}: ${why}`, {
      next: 'Nothing more is written under it. Look at what the other promotion did, then run the same command again.',
    });
  }
}

async function giveBack(trx: Kysely<Tables>, held: Held): Promise<void> {
  for (const [key, generation] of held) {
    await trx
      .updateTable('leases')
      .set({ owner: null })
      .where('key', '=', key)
      .where('generation', '=', generation)
      .execute();
  }
}

// A ledger that was removed holds no lease to give back.
function unlessLost(error: unknown): void {
  if (!(error instanceof LedgerError) || error.code !== 'lost') throw error;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
