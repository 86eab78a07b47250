import type { Clock, Lease } from '@tagflow/model';
import type { Selectable, Transaction } from 'kysely';
import { LedgerError } from './error.ts';
import { hasEnded, type Holder } from './holder.ts';
import { storable } from './storable.ts';
import type { Store } from './store.ts';
import type { Tables } from './tables.ts';

/** What was taken: each key, sorted, with the generation that makes it ours. */
type Held = ReadonlyMap<string, number>;
type Row = Selectable<Tables['leases']>;

const tries = 3;

/**
 * Takes all keys in one transaction, or none. Every call is a holder of its own, whatever `owner` says; a lease that
 * expired, or whose process has ended on this machine, can be taken over.
 * @throws LedgerError `held`, naming the holder; `no-keys` for an empty list.
 */
export async function acquireLease(
  store: Store,
  clock: Clock,
  keys: readonly string[],
  owner: string,
  ttlMs: number,
  self: Holder,
): Promise<Lease> {
  if (keys.length === 0)
    throw new LedgerError('no-keys', 'a lease of no keys would protect nothing', { outcome: 'invalid' });
  const held = await store.change((trx) =>
    take(store, trx, [...new Set(keys.map(storable))].sort(), owner, ttlMs, self),
  );
  const check = async (): Promise<number> => {
    for (let attempt = 0; attempt < tries; attempt += 1) {
      // What the store's own clock says is no time of ours. The lease was ours when the answer was made, which is
      // later than the question; an answer that took long may be old, because this process or the network stood still.
      const asked = clock.now();
      await store.change((trx) => renew(store, trx, held, owner, ttlMs));
      if (clock.now() - asked <= ttlMs / 4) return asked + ttlMs;
    }
    throw new LedgerError('busy', `ledger ${store.where} answers too slowly for a lease of ${ttlMs / 1000} s`, {
      outcome: 'waiting',
      next: 'Run the same command later.',
    });
  };
  return { check, release: () => store.change((trx) => giveBack(trx, held)).catch(unlessGone) };
}

async function take(
  store: Store,
  trx: Transaction<Tables>,
  keys: readonly string[],
  owner: string,
  ttlMs: number,
  self: Holder,
): Promise<Held> {
  const rows = await lockRows(trx, keys);
  const now = await store.leaseTime(trx);
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
  await trx
    .updateTable('leases')
    .set((row) => ({
      generation: row('generation', '+', 1),
      owner,
      since: now,
      expires: now + ttlMs,
      ...self,
    }))
    .where('key', 'in', keys)
    .execute();
  return new Map(rows.map((row) => [row.key, row.generation + 1]));
}

/** Renews every key, also one that expired and that nobody took since. */
async function renew(store: Store, trx: Transaction<Tables>, held: Held, owner: string, ttlMs: number): Promise<void> {
  const keys = [...held.keys()];
  const rows = await lockRows(trx, keys);
  const lost = rows.find((row) => !isOurs(row, held));
  if (lost !== undefined) {
    const why =
      lost.generation < (held.get(lost.key) ?? 0)
        ? 'the ledger was emptied, or is an older copy'
        : lost.owner === null
          ? 'it was released'
          : `${lost.owner} took it at ${iso(lost.since)}`;
    throw new LedgerError('lost', `the lease of "${lost.key}" is no longer held by ${owner}: ${why}`, {
      next: 'Nothing more is written under it. Look at what the other promotion did, then run the same command again.',
    });
  }
  const expires = (await store.leaseTime(trx)) + ttlMs;
  await trx.updateTable('leases').set({ expires }).where('key', 'in', keys).execute();
}

async function giveBack(trx: Transaction<Tables>, held: Held): Promise<void> {
  const ours = (await lockRows(trx, [...held.keys()])).filter((row) => isOurs(row, held)).map((row) => row.key);
  if (ours.length > 0) await trx.updateTable('leases').set({ owner: null }).where('key', 'in', ours).execute();
}

/**
 * Returns the rows of the keys, in their order, and keeps them as they are until the transaction ends. They are locked
 * one after the other in the order of the keys, which all callers sort: none can wait for one that waits for it.
 */
async function lockRows(trx: Transaction<Tables>, keys: readonly string[]): Promise<readonly Row[]> {
  const never = { generation: 0, owner: null, since: 0, expires: 0, place: null, pid: null };
  const rows = await trx
    .insertInto('leases')
    .values(keys.map((key) => ({ key, ...never })))
    .onConflict((conflict) => conflict.column('key').doUpdateSet((row) => ({ key: row.ref('excluded.key') })))
    .returningAll()
    .execute();
  const byKey = new Map(rows.map((row) => [row.key, row]));
  return keys.flatMap((key) => byKey.get(key) ?? []);
}

function isOurs(row: Row, held: Held): boolean {
  return row.owner !== null && row.generation === held.get(row.key);
}

// A ledger that was removed holds no lease to give back, and one that cannot be reached lets it expire.
function unlessGone(error: unknown): void {
  if (!(error instanceof LedgerError) || !['lost', 'unreachable', 'busy'].includes(error.code)) throw error;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
