import type { Plan } from '@tagflow/model';
import type { Ahead } from './ahead.ts';
import { judgeAgain } from './choose.ts';
import { applyPlan, type PromotionWorld } from './engine.ts';
import { PromotionError } from './error.ts';
import { observeMoves, strangers } from './flip.ts';
import { endInterrupted } from './interrupted.ts';
import { refuseOwing } from './owing-source.ts';
import { theRepository } from './plan.ts';
import type { Evidence, PromoteReport, PromoteRequest } from './promote.ts';
import { withFollowers } from './with-followers.ts';

/**
 * Carries out a plan that somebody reviewed: the same checks, and the verdict once more, before anything moves. A dry
 * run only tells whether the plan still fits the world.
 * @throws PromotionError `bad-plan` when it is not a plan of what was asked for: another label, release, component or
 *   mode (a file must not turn a promotion into a rollback, which no votes decide), or of another configuration
 */
export async function applyReviewedPlan(
  plan: Plan,
  request: PromoteRequest,
  world: PromotionWorld,
  evidence: Evidence,
): Promise<PromoteReport> {
  refuseOther(plan, request);
  return withFollowers(request, world, (ahead) => applyToRequired(plan, request, world, evidence, ahead));
}

function refuseOther(plan: Plan, request: PromoteRequest): void {
  for (const fact of ['mode', 'release', 'component', 'label'] as const) {
    if (plan[fact] === request[fact]) continue;
    const message = `the plan is of ${fact} ${plan[fact] ?? 'none'}, and ${request[fact] ?? 'none'} was asked for`;
    throw new PromotionError('bad-plan', message, { outcome: 'invalid' });
  }
  if (plan.configDigest !== request.configDigest) {
    throw new PromotionError('bad-plan', 'the configuration changed since the plan was made', {
      outcome: 'invalid',
      next: 'Make a new plan with dry-run.',
    });
  }
}

async function applyToRequired(
  plan: Plan,
  request: PromoteRequest,
  world: PromotionWorld,
  evidence: Evidence,
  ahead: Ahead,
): Promise<PromoteReport> {
  const { toHash: fullHash, fromHash: previousHash, verdict } = plan;
  const facts = { fullHash, previousHash, verdict, plan, debts: [] };
  const ended = await endInterrupted(request, world, evidence);
  if (ended !== null)
    return { ...facts, outcome: 'half-done', message: ended.message, debts: ended.debts, result: ended };
  if (plan.mode === 'promote') await refuseOwing(world.source, theRepository(world.destinations));
  if (request.dryRun) {
    const [moved] = strangers(await observeMoves(plan.moves, world.destinations));
    return moved === undefined
      ? { ...facts, outcome: 'planned', message: `the plan still fits: ${plan.moves.length} writes`, result: null }
      : { ...facts, outcome: 'failed', message: `the plan no longer fits: ${moved}`, result: null };
  }
  ahead.begin(plan.set);
  const result = await applyPlan(plan, world, () => judgeAgain(plan, request.criteria, evidence));
  return { ...facts, outcome: result.outcome, message: result.message, debts: result.debts, result };
}
