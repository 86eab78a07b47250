import {
  type Destination,
  emptySet,
  type Move,
  parseFullHash,
  type Plan,
  previousOf,
  type Verdict,
} from '@tagflow/model';
import { theRepository } from '../plan/plan.ts';
import { readSet } from '../plan/read-set.ts';
import { reasonOf } from '../verdict/decide.ts';

/**
 * Returns why a repair plan is not, or no longer, what the repository's labels ask for; null when it is. No votes
 * decide a repair, so a file must not take a tag or link anywhere else.
 */
async function misfitOf(plan: Plan, destinations: readonly Destination[]): Promise<string | null> {
  const { label, toHash, set, moves } = plan;
  if (plan.fromHash !== toHash || set.fullHash !== toHash) return `the plan moves ${label}, and a repair never does`;
  const previous = previousOf(label);
  const hasPrevious = moves.some((move) => move.label === previous);
  const now = await theRepository(destinations).observe(hasPrevious ? [previous, label] : [label]);
  const named = now.get(label) ?? null;
  if (named !== toHash) return `${label} names ${named ?? 'nothing'} by now, and the plan repairs ${toHash}`;
  const value = now.get(previous) ?? null;
  const hash = value === null ? null : parseFullHash(value);
  const kept = hash === null ? null : ((await readSet(destinations, hash)) ?? emptySet(hash, plan.release));
  const sets = new Map([[label, set], ...(kept === null ? [] : [[previous, kept] as const])]);
  const stray = moves.find((move) => !isWanted(move, sets, destinations));
  return stray === undefined
    ? null
    : `${stray.destination}: ${stray.pointer} → ${stray.to} is not what ${stray.label} names in the repository`;
}

function isWanted(
  { destination, label, pointer, to }: Move,
  sets: ReadonlyMap<Move['label'], Plan['set']>,
  destinations: readonly Destination[],
): boolean {
  const set = sets.get(label);
  const place = destinations.find(({ name }) => name === destination);
  if (set === undefined || place === undefined) return false;
  return place.desired(label, set).some(({ name, value }) => name === pointer && value === to);
}

/** Decides about a repair: yes, as the plan says, as long as it is what the repository's labels ask for. */
export async function judgeRepair(plan: Plan, destinations: readonly Destination[]): Promise<Verdict> {
  const misfit = await misfitOf(plan, destinations);
  if (misfit === null) return plan.verdict;
  return { ...plan.verdict, answer: 'no', reasons: [reasonOf('repair', 'repair', false, misfit)] };
}
