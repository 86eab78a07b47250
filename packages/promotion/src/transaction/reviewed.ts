import type { Plan } from '@tagflow/model';
import type { Ahead } from '../followers/ahead.ts';
import { type Chooser, judgeAgain, obstacleTo } from '../choose.ts';
import { judgeRepair } from '../doctor/misfit.ts';
import { applyPlan, type PromotionWorld } from './engine.ts';
import { PromotionError } from '../error.ts';
import { observeMoves, strangers, watchedMoves } from './flip.ts';
import { endInterrupted } from './interrupted.ts';
import { refuseOwing } from '../followers/owing-source.ts';
import { labelledHash, theRepository } from '../plan/plan.ts';
import type { Evidence, PromoteReport, PromoteRequest } from '../promote.ts';
import { noteVerdicts, remembering } from './remember.ts';
import { whyNot } from '../verdict/decide.ts';
import { openJudge } from '../verdict/judge.ts';
import { lastVersionOf } from './version.ts';
import { withFollowers } from '../followers/with-followers.ts';

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
  return remembering(request, world, () =>
    withFollowers(request, world, (ahead) => applyToRequired(plan, request, world, evidence, ahead)),
  );
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
  made: Plan,
  request: PromoteRequest,
  world: PromotionWorld,
  evidence: Evidence,
  ahead: Ahead,
): Promise<PromoteReport> {
  // Who applies it by hand says why, and stands in the record.
  const plan = made.reason === null && request.reason !== null ? { ...made, reason: request.reason } : made;
  const { toHash: fullHash, fromHash: previousHash, verdict } = plan;
  const facts = { fullHash, previousHash, verdict, plan, debts: [] };
  const ended = await endInterrupted(request, world, evidence);
  if (ended !== null)
    return { ...facts, outcome: ended.outcome, message: ended.message, debts: ended.debts, result: ended };
  const judge = await openJudge(request, world, evidence);
  const positions = await observeMoves(watchedMoves(plan, world.destinations), world.destinations);
  if (plan.mode !== 'repair' && [...positions].every(([move, value]) => value === move.to)) {
    return { ...facts, outcome: 'nothing-to-do', message: 'every write of the plan holds already', result: null };
  }
  const stale = await staleness(plan, request, world, { evidence, judge, ledger: world.ledger });
  if (stale !== null) return { ...facts, ...stale, result: null };
  if (plan.mode === 'promote') await refuseOwing(world.source, theRepository(world.destinations));
  const repair = plan.mode === 'repair' ? await judgeRepair(plan, world.destinations) : null;
  if (repair?.answer === 'no') {
    const message = `the plan no longer fits, and nothing was written: ${whyNot(repair)}`;
    return { ...facts, outcome: 'failed', message, verdict: repair, result: null };
  }
  if (request.dryRun) {
    const [moved] = strangers(positions);
    return moved === undefined
      ? { ...facts, outcome: 'planned', message: `the plan still fits: ${plan.moves.length} writes`, result: null }
      : { ...facts, outcome: 'failed', message: `the plan no longer fits: ${moved}`, result: null };
  }
  ahead.begin(plan.set);
  const result = await applyPlan(plan, world, () =>
    repair === null ? judgeAgain(plan, request.criteria, judge) : judgeRepair(plan, world.destinations),
  );
  await noteVerdicts(request, judge, world);
  return { ...facts, outcome: result.outcome, message: result.message, debts: result.debts, result };
}

/**
 * Why a plan is too old, although every pointer is where it was when the plan was made: the label may have moved and
 * come back since, by a rollback that nothing but a person overrules. Null when it is not; a repair moves no label.
 */
async function staleness(
  plan: Plan,
  request: PromoteRequest,
  world: PromotionWorld,
  chooser: Chooser,
): Promise<Pick<PromoteReport, 'outcome' | 'message'> | null> {
  if (plan.mode === 'repair') return null;
  const last = await lastVersionOf(plan, world);
  if (plan.version !== 0 && plan.version <= last) {
    const message = `the plan is older than the last move of ${plan.label} (version ${plan.version}, the label has ${last}): make a new plan`;
    return { outcome: 'failed', message };
  }
  if (plan.mode === 'rollback') return null;
  const current = await labelledHash(theRepository(world.destinations), plan.label);
  const obstacle = await obstacleTo(plan.toHash, request, current, chooser);
  return obstacle === null ? null : { outcome: 'blocked', message: obstacle };
}
