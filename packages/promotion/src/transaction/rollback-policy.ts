import type { Freeze, Hold, Ledger, Plan, PolicyEntry } from '@tagflow/model';
import type { PromotionResult, PromotionWorld } from './engine.ts';

const dayMs = 86_400_000;

/** How long a rollback keeps automation from its label: as long as a branch may go without a promotion. */
const rollbackFreezeMs = 7 * dayMs;

/** How long the set that a rollback left is not promoted again; newer ones may be. */
const rollbackHoldMs = 30 * dayMs;

/**
 * Returns what a rollback leaves behind: a freeze of the label, so that no automation undoes what a person did, and a
 * hold of the set that it left. Both expire by themselves; a move by hand ends the freeze before.
 * @param now milliseconds since 1970
 */
function rollbackPolicy(plan: Plan, promotionId: string, now: number): readonly PolicyEntry[] {
  const { release, component, label, fromHash, toHash, actor } = plan;
  const reason = plan.reason ?? 'no reason given';
  const facts = { release, component, label, owner: actor, bug: null, where: `promotion ${promotionId}` };
  const freeze: Freeze = {
    ...{ ...facts, kind: 'freeze', id: freezeId(promotionId), expires: now + rollbackFreezeMs },
    reason: `rolled back to ${toHash}: ${reason}`,
  };
  if (fromHash === null || fromHash === toHash) return [freeze];
  const hold: Hold = {
    ...{ ...facts, kind: 'hold', id: holdId(promotionId), expires: now + rollbackHoldMs },
    ...{ hashes: { from: fromHash, to: fromHash }, reason: `${label} was rolled back from it: ${reason}` },
  };
  return [freeze, hold];
}

/** Writes down what the rollback leaves. Once more is the same. */
export async function leaveRollbackPolicy(
  plan: Plan,
  promotionId: string,
  { ledger, clock }: Pick<PromotionWorld, 'ledger' | 'clock'>,
): Promise<void> {
  const there = new Set((await ledger.policy(plan.release)).map(({ id }) => id));
  await ledger.addPolicy(rollbackPolicy(plan, promotionId, clock.now()).filter(({ id }) => !there.has(id)));
}

/** Takes it back: the label is where it was. */
export function liftRollbackPolicy({ promotionId }: PromotionResult, ledger: Ledger): Promise<void> {
  return ledger.liftPolicy([freezeId(promotionId), holdId(promotionId)], `the rollback ${promotionId} was taken back`);
}

function freezeId(promotionId: string): string {
  return `rollback-${promotionId}-freeze`;
}

function holdId(promotionId: string): string {
  return `rollback-${promotionId}-hold`;
}

/** Ends the freezes that rollbacks left of a label: a person has taken over, and says why. */
export async function thaw({ release, component, label, actor, reason }: Plan, ledger: Ledger): Promise<void> {
  const left = await ledger.policy(release);
  const frozen = left.filter(
    (entry) => entry.kind === 'freeze' && entry.label === label && (entry.component ?? null) === component,
  );
  if (frozen.length === 0) return;
  const ids = frozen.map(({ id }) => id);
  await ledger.liftPolicy(ids, `${actor} moved ${label} by hand: ${reason ?? 'no reason given'}`);
}
