import type { Lease, Move } from '@tagflow/model';
import type { PromotionWorld } from './engine.ts';

// Long enough for one slow request, short enough that a dead machine does not keep others waiting. Renewed before
// every write.
const leaseMs = 120_000;

/** Takes the lease of everything that the moves write, for as long as `work` runs. */
export async function withLease<Result>(
  moves: readonly Move[],
  world: PromotionWorld,
  work: (lease: Lease) => Promise<Result>,
): Promise<Result> {
  const keys = new Set(
    moves.flatMap((move) => {
      const destination = world.destinations.find((candidate) => candidate.name === move.destination);
      return destination === undefined ? [] : [destination.leaseKey(move.label)];
    }),
  );
  const lease = await world.ledger.acquire([...keys].sort(), world.owner, leaseMs);
  try {
    return await work(lease);
  } finally {
    await lease.release();
  }
}
