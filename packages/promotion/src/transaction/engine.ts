import {
  type Clock,
  type Destination,
  type Lease,
  type Ledger,
  type Log,
  messageOf,
  type Outcome,
  type Plan,
  type Progress,
  type PromotionRecord,
  type Verdict,
} from '@tagflow/model';
import { rebase } from './rebase.ts';
import { withLease, withTurn } from './lease.ts';
import type { OptionalSourcePlace } from '../followers/owing-source.ts';
import { liftRollbackPolicy, thaw } from './rollback-policy.ts';
import { Run } from './run.ts';
import type { Shield } from './shield.ts';
import { nextVersion } from './version.ts';

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
 * Carries out a plan: stage, then under the label's lease verify, decide again, check the plan's preconditions, flip
 * with the repository last, confirm. A failure before the commit point takes everything back; after it, everything goes
 * forward. That the promotion has begun is in the ledger before the first byte is staged, so that nobody prunes the hash.
 *
 * Rejects only for what happened before that (somebody else promotes the label, the ledger cannot be written); all else
 * is a result, with outcome `failed` exactly when every pointer was read back where the plan found it.
 */
export async function applyPlan(
  made: Plan,
  world: PromotionWorld,
  decideAgain: () => Promise<Verdict>,
): Promise<PromotionResult> {
  return withTurn(made, world, async () => {
    // Another promoter may have moved the label, and got the version, since the plan was made. A repair moves no label.
    const plan = made.mode === 'repair' ? made : { ...made, version: await nextVersion(made, world) };
    const id = await world.ledger.begin(plan);
    const run = new Run(plan, id, world);
    return finish(plan, (await run.stage()) ?? (await flip(run, plan, world, decideAgain)), world);
  });
}

async function flip(
  run: Run,
  plan: Plan,
  world: PromotionWorld,
  decideAgain: () => Promise<Verdict>,
): Promise<PromotionResult> {
  let result: PromotionResult | null = null;
  try {
    return await withLease(plan.label, world, async (lease) => (result = await run.toTheEnd(lease, decideAgain)));
  } catch (error) {
    // Somebody else writes the same pointers: nothing was moved.
    return result ?? run.notMoved(error);
  }
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
  const end = async (lease: Lease): Promise<PromotionResult | null> => {
    const open = await world.ledger.unfinished(plan.release, plan.label);
    if (!open.some((record) => record.id === id)) return null;
    // A rollback that was being taken back may have been told as failed, and must not come to pass after all.
    const isOver = ({ id: of, journal }: PromotionRecord): boolean =>
      of === id && journal.some(({ step }) => step === 'undoing');
    const wasGoingBack = plan.mode === 'rollback' && open.some(isOver);
    try {
      const rebased = await rebase(withoutFollowers(plan, world), world);
      const back = wasGoingBack ? 'it was being taken back when it was interrupted' : rebased.obstacle;
      const run = new Run(rebased.plan, id, world);
      return await finish(plan, await run.fromTheCommitPoint(lease, decideAgain, back), world);
    } catch (error) {
      const message = `promotion ${id} of ${plan.label} could not be ended: ${messageOf(error)}`;
      return { ...nothing, outcome: 'half-done', promotionId: id, message, debts: [message] };
    }
  };
  return withTurn(plan, world, () => withLease(plan.label, world, end));
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
async function finish(plan: Plan, result: PromotionResult, world: PromotionWorld): Promise<PromotionResult> {
  try {
    // Before the end is written down: whoever was killed in between ends it once more.
    const { mode, reason, fromHash, toHash } = plan;
    if (mode === 'rollback' && result.outcome === 'failed') await liftRollbackPolicy(result, world.ledger);
    const isMovedByHand = mode === 'promote' && reason !== null && fromHash !== toHash && result.outcome === 'done';
    if (isMovedByHand) await thaw(plan, world.ledger);
    await world.ledger.finish(result.promotionId, result.outcome);
    return result;
  } catch (error) {
    const debt = `the ledger could not be told that promotion ${result.promotionId} is ${result.outcome}: ${messageOf(error)}`;
    world.log.warning(debt);
    return { ...result, debts: [...result.debts, debt] };
  }
}
