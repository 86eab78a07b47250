import { type FullHash, parseFullHash, previousOf } from '@tagflow/model';
import type { PromotionWorld } from './engine.ts';
import { PromotionError } from '../error.ts';
import { theRepository } from '../plan/plan.ts';
import type { Evidence, PromoteRequest } from '../promote.ts';

/** Where a rollback goes; or, as a sentence, that it has been done and by whom. */
export type RollbackTarget = { readonly hash: FullHash } | { readonly done: string };

/**
 * Returns where a rollback goes that names no hash: to what the label named before. The label's own history tells, and
 * not `previous-<label>`, which a rollback that was interrupted has moved already.
 *
 * Asked for once more, it has nothing to do: a job that is run again, or a person who asks twice, must not go back two
 * sets. To go further back, name the hash.
 * @param current what the label names now
 */
export async function rollbackTarget(
  request: PromoteRequest,
  current: FullHash | null,
  world: PromotionWorld,
  evidence: Evidence,
): Promise<RollbackTarget> {
  const { label } = request;
  if (current === null) throw nowhere(request, `the repository has no label ${label}`);
  const done = await rolledBack(request, current, world, evidence);
  if (done !== null) return { done: `${done}: to go further back, give the hash` };
  const before = await evidence.namedBefore(label, current, null);
  if (before !== null) return { hash: before };
  const previous = previousOf(label);
  const kept = (await theRepository(world.destinations).observe([previous])).get(previous) ?? null;
  if (kept === null || kept === current) {
    throw nowhere(request, `${evidence.place} remembers nothing that ${label} named before ${current}`);
  }
  return { hash: parseFullHash(kept) };
}

const recentPromotions = 20;

async function rolledBack(
  { release, component, label }: PromoteRequest,
  current: FullHash,
  { ledger }: PromotionWorld,
  evidence: Evidence,
): Promise<string | null> {
  const history = await ledger.history(release, label, recentPromotions);
  const last = history.find(
    // What mends a label moves it nowhere.
    ({ plan, outcome }) =>
      outcome === 'done' && plan.component === component && (plan.mode === 'rollback' || plan.fromHash !== plan.toHash),
  );
  if (last !== undefined && last.plan.toHash === current) {
    const { mode, actor, createdAt } = last.plan;
    return mode === 'rollback'
      ? `${label} was rolled back to ${current} by ${actor} at ${createdAt} (${last.id})`
      : null;
  }
  // Nobody remembers how it came to name that. A label that names an older hash than before went back.
  const before = (await evidence.recent(label)).find((hash) => hash !== current);
  if (before === undefined || (await evidence.namedEarlier(label, current, before)) !== true) return null;
  return `${label} was moved back from ${before} to ${current} already`;
}

function nowhere({ label }: PromoteRequest, why: string): PromotionError {
  return new PromotionError('bad-request', `${label} cannot be rolled back: ${why}`, {
    outcome: 'invalid',
    next: 'Name the hash: input full-hash.',
  });
}
