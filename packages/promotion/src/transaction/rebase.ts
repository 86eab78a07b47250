import type { Move, Plan } from '@tagflow/model';
import type { PromotionWorld } from './engine.ts';
import { observeMoves, strangers, watchedMoves } from './flip.ts';
import { theRepository } from '../plan/plan.ts';

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
  const positions = await observeMoves(watchedMoves(plan, destinations), destinations);
  // The label itself decides, and is no stranger to itself.
  const others = new Map(
    [...positions].filter(([{ destination, pointer }]) => destination !== repository.name || pointer !== plan.label),
  );
  const moved = strangers(others);
  if (moved.length === 0) return { plan, obstacle: null };
  for (const sentence of moved) log.warning(`somebody else moved it since the interruption: ${sentence}`);
  const isCommitted = ((await repository.observe([plan.label])).get(plan.label) ?? null) === plan.toHash;
  const isStranger = (move: Move): boolean => {
    const now = others.get(move);
    return now !== undefined && now !== move.from && now !== move.to;
  };
  const from = (move: Move): Move => ({ ...move, from: others.get(move) ?? null });
  // What was right when the plan was made, and is a stranger now, becomes a move like the others.
  const settled = [...others.keys()].filter((move) => !plan.moves.includes(move) && isStranger(move));
  const own = plan.moves.flatMap((move) => (!isStranger(move) ? [move] : isCommitted ? [from(move)] : []));
  const moves = [...(isCommitted ? settled.map(from) : []), ...own];
  return { plan: { ...plan, moves }, obstacle: `somebody else moved a label: ${moved[0]}` };
}
