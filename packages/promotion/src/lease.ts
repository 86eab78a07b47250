import { type Clock, type Label, type Lease, previousOf } from '@tagflow/model';
import type { PromotionWorld } from './engine.ts';

// Long enough for one slow request, short enough that a dead machine does not keep others waiting.
const leaseMs = 120_000;

/**
 * Takes the lease of a label in every destination, followers included, for as long as `work` runs. Also of destinations
 * that need no write today: whoever decides what a label should be must be the only one who does. Staging gigabytes takes
 * longer than a lease lives, so it is renewed all the while, and once more before every write.
 */
export async function withLease<Result>(
  label: Label,
  world: PromotionWorld,
  work: (lease: Lease) => Promise<Result>,
): Promise<Result> {
  const keys = [...world.destinations, ...world.followers].flatMap((destination) =>
    [label, previousOf(label)].map((name) => destination.leaseKey(name)),
  );
  const lease = await world.ledger.acquire([...new Set(keys)].sort(), world.owner, leaseMs);
  const done = new AbortController();
  const renewing = keepRenewed(lease, world.clock, done.signal);
  try {
    return await work(lease);
  } finally {
    done.abort();
    await renewing;
    await lease.release();
  }
}

async function keepRenewed(lease: Lease, clock: Clock, done: AbortSignal): Promise<void> {
  const pause = leaseMs / 3;
  try {
    for (;;) {
      const before = clock.now();
      await clock.sleep(pause, done);
      // A clock whose sleep takes no time would have this renew without a pause.
      if (done.aborted || clock.now() - before < pause / 2) return;
      await lease.check();
    }
  } catch {
    // Told to stop, or the lease was lost: the check before the next write says so, where it can be acted upon.
  }
}
