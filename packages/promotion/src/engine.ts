import {
  type Clock,
  type Destination,
  type Ledger,
  type Log,
  messageOf,
  type Outcome,
  type Plan,
  type Progress,
  type Verdict,
} from '@tagflow/model';
import { withLease } from './lease.ts';
import type { OptionalSourcePlace } from './owing-source.ts';
import { Run } from './run.ts';
import type { Shield } from './shield.ts';

/** What a promotion needs from outside. The destinations must use the shield's signal. */
export interface PromotionWorld {
  /** The required ones: what one transaction moves. */
  readonly destinations: readonly Destination[];
  /** The optional ones: no part of the transaction, they are brought to what the label names before it and after it. */
  readonly followers: readonly Destination[];
  /** Where the phase reads from, if that place may owe; null where it cannot. */
  readonly source: OptionalSourcePlace | null;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
  readonly progress: Progress;
  readonly shield: Shield;
  /** Who holds the lease, for those who wait for it. */
  readonly owner: string;
}

export interface PromotionResult {
  readonly outcome: Outcome;
  readonly promotionId: string;
  /** One sentence. */
  readonly message: string;
  /** What somebody still has to do, a sentence each. */
  readonly debts: readonly string[];
  /** The in-toto statement, once the promotion holds. */
  readonly statement: string | null;
  readonly bytesMoved: number;
  /** Milliseconds between the first and the last write of the flip: how long readers could see a mix. */
  readonly flipMs: number;
}

/**
 * Carries out a plan: stage, verify, decide again, check the plan's preconditions, flip with the repository last,
 * confirm. A failure before the commit point takes everything back; after it, everything goes forward.
 *
 * Rejects only for what happened before the first write (the lease is held, a destination is unknown); all else is a
 * result, with outcome `failed` exactly when every pointer was read back where the plan found it.
 */
export async function applyPlan(
  plan: Plan,
  world: PromotionWorld,
  decideAgain: () => Promise<Verdict>,
): Promise<PromotionResult> {
  return withLease(plan.label, world, async (lease) => {
    const id = await world.ledger.begin(plan);
    return finish(await new Run(plan, id, world, lease).toTheEnd(decideAgain), world);
  });
}

/**
 * Ends a promotion that was interrupted, whose plan the ledger still knows. The repository's label decides: it names
 * the new hash → everything goes forward; it names the old one → forward if the verdict still is yes, the set is whole
 * and nothing else moved, and back otherwise; it names a third one → the promotion is over, and nothing of it is
 * written. What cannot be read is `half-done`: nobody can say that the kinds agree.
 *
 * Returns null when somebody else has ended it meanwhile.
 */
export async function resumePlan(
  id: string,
  plan: Plan,
  world: PromotionWorld,
  decideAgain: () => Promise<Verdict>,
): Promise<PromotionResult | null> {
  return withLease(plan.label, world, async (lease) => {
    const open = await world.ledger.unfinished(plan.release, plan.label);
    if (!open.some((record) => record.id === id)) return null;
    const run = new Run(withoutFollowers(plan, world), id, world, lease);
    try {
      return await finish(await run.fromTheCommitPoint(decideAgain), world);
    } catch (error) {
      const message = `promotion ${id} of ${plan.label} could not be ended: ${messageOf(error)}`;
      return { ...nothing, outcome: 'half-done', promotionId: id, message, debts: [message] };
    }
  });
}

// It may have been optional for less long than the promotion was interrupted.
function withoutFollowers(plan: Plan, { followers }: PromotionWorld): Plan {
  const moves = plan.moves.filter(({ destination }) => !followers.some(({ name }) => name === destination));
  return { ...plan, moves };
}

/** A result of which nothing is known yet. */
export const nothing: Omit<PromotionResult, 'outcome' | 'message'> = {
  promotionId: '',
  debts: [],
  statement: null,
  bytesMoved: 0,
  flipMs: 0,
};

// What was written holds whether or not the ledger can be told; the next resume finds nothing left to do.
async function finish(result: PromotionResult, world: PromotionWorld): Promise<PromotionResult> {
  try {
    await world.ledger.finish(result.promotionId, result.outcome);
    return result;
  } catch (error) {
    const debt = `the ledger could not be told that promotion ${result.promotionId} is ${result.outcome}: ${messageOf(error)}`;
    world.log.warning(debt);
    return { ...result, debts: [...result.debts, debt] };
  }
}
