import { type Criteria, type Label, worseOutcome } from '@tagflow/model';
import { type PromotionResult, type PromotionWorld, resumePlan } from './engine.ts';
import type { Evidence } from './promote.ts';
import { reconcile } from './reconcile.ts';
import { decide } from './verdict.ts';

/**
 * Ends every interrupted promotion of a label: with the ledger's plans, oldest first, and then by comparing all kinds
 * with what the repository's label names, which needs no ledger. The outcome is the worst one.
 */
export async function resume(
  release: string,
  label: Label,
  criteria: Criteria,
  world: PromotionWorld,
  evidence: Evidence,
): Promise<PromotionResult> {
  const results: PromotionResult[] = [];
  for (const { id, plan } of await world.ledger.unfinished(release, label)) {
    const votes = (): Promise<ReturnType<typeof decide>> =>
      plan.mode === 'promote'
        ? evidence
            .votes(plan.toHash, plan.set.repository.builds)
            .then((cast) => decide(plan.toHash, criteria, criteria === 'none' ? [] : cast))
        : Promise.resolve(plan.verdict);
    const ended = await resumePlan(id, plan, world, votes);
    // Taken back whole: the promotion failed, but what was asked for here, kinds that agree, holds.
    results.push(ended.outcome === 'failed' ? { ...ended, outcome: 'done' } : ended);
  }
  results.push(await reconcile(label, world));
  const worst = results.reduce((a, b) => (worseOutcome(a.outcome, b.outcome) === a.outcome ? a : b));
  return { ...worst, debts: results.flatMap((result) => result.debts) };
}
