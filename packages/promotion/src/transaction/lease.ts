import { type Clock, type Label, type Lease, messageOf, previousOf } from '@tagflow/model';
import type { PromotionWorld } from './engine.ts';
import { PromotionError } from '../error.ts';
import { theRepository } from '../plan/plan.ts';

/**
 * How long a machine that died keeps others waiting. Longer than any single write may take: a request is given up after
 * 30 seconds, and after 60 of silence where bytes flow, while the lease is renewed right before each write.
 */
export const leaseMs = 120_000;

/**
 * Takes the lease of a label in every destination, followers included, for as long as `work` runs: from the last look at
 * what was staged to the confirmation. Also of destinations that need no write today: whoever decides what a label
 * should be must be the only one who does. It is renewed all the while, and once more before every write.
 */
export function withLease<Result>(
  label: Label,
  world: PromotionWorld,
  work: (lease: Lease) => Promise<Result>,
): Promise<Result> {
  const keys = [...world.destinations, ...world.followers].flatMap((destination) =>
    [label, previousOf(label)].map((name) => destination.leaseKey(name)),
  );
  return holding(keys, world, work);
}

/**
 * Takes the right to be the one who promotes this label, from the first note in the journal to the last. While bytes are
 * staged, which may take hours, it tells a promotion that runs from one that was interrupted, and the label's own lease
 * is free for others who look after its pointers.
 */
export function withTurn<Result>(
  { label, component }: { readonly label: Label; readonly component: string | null },
  world: PromotionWorld,
  work: () => Promise<Result>,
): Promise<Result> {
  const place = theRepository(world.destinations).leaseKey(label);
  return holding([`promote ${place}${component === null ? '' : ` of ${component}`}`], world, work);
}

async function holding<Result>(
  keys: readonly string[],
  world: PromotionWorld,
  work: (lease: Lease) => Promise<Result>,
): Promise<Result> {
  const taken = await world.ledger.acquire([...new Set(keys)].sort(), world.owner, leaseMs);
  const lease = sparing(taken, world.clock);
  const done = new AbortController();
  const renewing = keepRenewed(lease, world, done.signal);
  try {
    return await work(lease);
  } finally {
    done.abort();
    await renewing;
    // What was done is done, whether or not the ledger can be told: the lease expires by itself.
    await lease
      .release()
      .catch((error: unknown) => world.log.warning(`a lease was not given back: ${messageOf(error)}`));
  }
}

/** As long as nobody can have taken a lease that was renewed so recently, and far less than a lease lasts. */
const freshMs = leaseMs / 480;

/**
 * Returns the lease with checks that are answered from the last renewal for a moment: a flip makes hundreds of writes
 * within a second, and a question to the ledger for each would be most of its time. A process that was stopped finds the
 * moment over, and asks.
 */
function sparing(lease: Lease, clock: Clock): Lease {
  let renewed = { at: Number.NEGATIVE_INFINITY, until: 0 };
  return {
    async check() {
      const now = clock.now();
      const age = now - renewed.at;
      if (age >= 0 && age < freshMs) return renewed.until;
      renewed = { at: Number.NEGATIVE_INFINITY, until: 0 };
      const until = await lease.check();
      renewed = { at: now, until };
      return until;
    },
    release: () => lease.release(),
  };
}

async function keepRenewed(lease: Lease, { clock, shield }: PromotionWorld, done: AbortSignal): Promise<void> {
  const pause = leaseMs / 3;
  let until = clock.now() + leaseMs;
  try {
    for (;;) {
      const before = clock.now();
      await clock.sleep(Math.min(pause, Math.max(1, until - before)), done);
      // A clock whose sleep takes no time would have this renew without a pause.
      if (done.aborted || clock.now() === before) return;
      try {
        until = await lease.check();
      } catch (error) {
        // Who was overtaken is told by the check before the next write, where it can be acted upon. A ledger that does
        // not answer is another matter: when the time is over, what is on its way must not arrive any more.
        if (clock.now() < until) continue;
        const why = `the lease could not be renewed in time: ${messageOf(error)}`;
        shield.breakOff(new PromotionError('lease-over', why, { outcome: 'half-done', cause: error }));
        return;
      }
    }
  } catch {
    // Told to stop.
  }
}
