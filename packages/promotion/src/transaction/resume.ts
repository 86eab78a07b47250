import { worseOutcome } from '@tagflow/model';
import { judgeAgain } from '../choose.ts';
import { nothing, type PromotionResult, type PromotionWorld, resumePlan } from './engine.ts';
import { type Line, unfinishedOf } from './interrupted.ts';
import type { Evidence, PromoteRequest } from '../promote.ts';
import { findDrift, reconcile } from './reconcile.ts';
import { type JudgedRequest, openJudge } from '../verdict/judge.ts';
import { noteDebts } from './remember.ts';
import { withFollowers } from '../followers/with-followers.ts';

/** What resuming needs to know of a request: an interrupted promotion is judged once more. */
export type ResumeRequest = Line & JudgedRequest & Pick<PromoteRequest, 'criteria' | 'dryRun'>;

/** As {@link resumeRequired}, and the followers of the label are brought to what it names then. */
export async function resume(
  request: ResumeRequest,
  world: PromotionWorld,
  evidence: Evidence,
): Promise<PromotionResult> {
  const report = await withFollowers(request, world, () => resumeRequired(request, world, evidence));
  if (!request.dryRun) await noteDebts(request, report.debts, world);
  return report;
}

/**
 * Ends every interrupted promotion of a label: with the ledger's plans, oldest first, and then by comparing all kinds
 * with what the repository's label names, which needs no ledger. The outcome is the worst one. A dry run says what
 * there is to end and writes nothing.
 */
export async function resumeRequired(
  request: ResumeRequest,
  world: PromotionWorld,
  evidence: Evidence,
): Promise<PromotionResult> {
  const open = await unfinishedOf(request, world);
  if (request.dryRun) return foresee(request, open.length, world);
  const results: PromotionResult[] = [];
  for (const { id, plan } of open) {
    const judge = await openJudge(request, world, evidence);
    const ended = await resumePlan(id, plan, world, () => judgeAgain(plan, request.criteria, judge));
    if (ended === null) continue;
    // Until it is ended nobody knows what the rest should agree with.
    if (ended.outcome === 'half-done') return ended;
    // Taken back whole: the promotion failed, but what was asked for here, kinds that agree, holds.
    results.push(ended.outcome === 'failed' ? { ...ended, outcome: 'done' } : ended);
  }
  results.push(await reconcile(request.label, world));
  const worst = results.reduce((a, b) => (worseOutcome(a.outcome, b.outcome) === a.outcome ? a : b));
  return { ...worst, debts: results.flatMap((result) => result.debts) };
}

async function foresee({ label }: Line, interrupted: number, world: PromotionWorld): Promise<PromotionResult> {
  const { moves, debts } = await findDrift(label, world.destinations);
  const message = `${interrupted} interrupted promotions of ${label} to end, ${moves.length} pointers to bring back`;
  const outcome = interrupted + moves.length === 0 ? 'nothing-to-do' : 'planned';
  return { ...nothing, outcome, message, debts };
}
