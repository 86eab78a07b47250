import { type FullHash, messageOf, previousOf } from '@tagflow/model';
import type { PromotionWorld } from '../transaction/engine.ts';
import type { PlanRequest } from './plan.ts';
import { findGone } from './probe.ts';
import type { Evidence, PromoteRequest } from '../promote.ts';
import { readSet } from './read-set.ts';
import { wholeSet } from './whole-set.ts';

/** What `previous-<label>` is to name after a promotion, and what a reader of the plan should know about it. */
interface Previous {
  readonly set: PlanRequest['previous'];
  readonly notes: readonly string[];
}

/**
 * Returns what `previous-<label>` is to name: the set that the label leaves; after a rollback the set that the label
 * named before the one it goes back to, and never the one that it leaves, to which the next rollback would return.
 * Where that set is not known or not whole any more, `previous-<label>` stays, and the plan says why.
 */
export async function previousAfter(
  request: PromoteRequest,
  move: { readonly from: FullHash | null; readonly to: FullHash },
  world: PromotionWorld,
  evidence: Evidence,
): Promise<Previous> {
  if (request.mode !== 'rollback') return { set: request.keepPrevious ? 'from-set' : 'unchanged', notes: [] };
  const stays = (why: string): Previous => ({
    set: 'unchanged',
    notes: [`${previousOf(request.label)} stays as it is: ${why}`],
  });
  const hash = await evidence.namedBefore(request.label, move.to, move.from);
  if (hash === null) return stays(`${evidence.place} remembers nothing that ${request.label} named before ${move.to}`);
  let repository;
  try {
    repository = await evidence.describe(hash, [request.label, previousOf(request.label)]);
  } catch (error) {
    // Purged, or not to be read: going back is urgent, and what comes after it is not.
    return stays(`of ${hash}, which it named before, ${messageOf(error)}`);
  }
  const own = { release: request.release, fullHash: hash, repository };
  if (world.destinations.length === 1) return { set: wholeSet(own, []), notes: [] };
  const published = await readSet(world.destinations, hash);
  if (published === null) return stays(`no set is published for ${hash}, which ${request.label} named before`);
  const set = wholeSet(own, [published]);
  const [problem] = await findGone(set, world.destinations, world);
  return problem === undefined ? { set, notes: [] } : stays(`${hash}, which it named before, is not whole: ${problem}`);
}
