import type { Plan } from '@tagflow/model';
import type { PromotionWorld } from './engine.ts';
import { observeMoves, strangers } from './flip.ts';
import { theRepository } from './plan.ts';

/** An interrupted plan as it can still be ended. */
export interface Rebased {
  readonly plan: Plan;
  /** Why it cannot go forward, should its label not have moved yet; null when nothing else has moved. */
  readonly obstacle: string | null;
}

/**
 * Returns an interrupted plan without what somebody else has made of its tags and links: a pointer at a third value must
 * not keep the rest for ever where the interruption left it. Where the label has moved already, the pointer comes from
 * where it is now; else it is left out, and whoever resumes brings it to what the repository's label names.
 */
export async function rebase(plan: Plan, { destinations, log }: PromotionWorld): Promise<Rebased> {
  const repository = theRepository(destinations);
  const positions = await observeMoves(plan.moves, destinations);
  const others = new Map([...positions].filter(([move]) => move.destination !== repository.name));
  const moved = strangers(others);
  if (moved.length === 0) return { plan, obstacle: null };
  for (const sentence of moved) log.warning(`somebody else moved it since the interruption: ${sentence}`);
  const named = (await repository.observe([plan.label])).get(plan.label) ?? null;
  const isStranger = (now: string | null, from: string | null, to: string): boolean => now !== from && now !== to;
  const moves = plan.moves.flatMap((move) => {
    const now = others.get(move) ?? null;
    if (!others.has(move) || !isStranger(now, move.from, move.to)) return [move];
    return named === plan.toHash ? [{ ...move, from: now }] : [];
  });
  return { plan: { ...plan, moves }, obstacle: `somebody else moved a label: ${moved[0]}` };
}
