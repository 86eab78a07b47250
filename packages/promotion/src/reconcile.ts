import { type Destination, type FullHash, type Label, type Move, previousOf } from '@tagflow/model';
import type { PromotionResult, PromotionWorld } from './engine.ts';
import { makeMoves, observeMoves } from './flip.ts';
import { withLease } from './lease.ts';
import { labelledHash, theRepository } from './plan.ts';
import { readSet } from './read-set.ts';

/** What differs from the repository's label, and the moves that would mend it. */
export interface Drift {
  readonly label: Label;
  /** What the repository's label names; null where it does not exist. */
  readonly hash: FullHash | null;
  readonly moves: readonly Move[];
  /** What cannot be mended, a sentence each. */
  readonly debts: readonly string[];
}

/**
 * Compares containers and images with the repository's label, which is the truth: nothing else is needed, so this
 * works when the ledger died with its machine. Reads only.
 */
export async function findDrift(label: Label, destinations: readonly Destination[]): Promise<Drift> {
  const repository = theRepository(destinations);
  const hash = await labelledHash(repository, label);
  if (hash === null) return { label, hash, moves: [], debts: [] };
  const set = await readSet(destinations, hash);
  if (set === null) {
    return {
      label,
      hash,
      moves: [],
      debts: [`no set.json is published for ${hash}, so nobody can say what belongs to ${label}`],
    };
  }
  const drafts = destinations
    .filter((destination) => destination !== repository)
    .map(async (destination) => {
      const wanted = destination.desired(label, set);
      const now = await destination.observe(wanted.map((pointer) => pointer.name));
      return wanted
        .map(({ name, value }): Move => ({
          destination: destination.name,
          kind: destination.kind,
          label,
          pointer: name,
          from: now.get(name) ?? null,
          to: value,
        }))
        .filter((move) => move.from !== move.to);
    });
  return { label, hash, moves: (await Promise.all(drafts)).flat(), debts: [] };
}

/**
 * Brings containers and images to what the repository's label names, and `previous-<label>` likewise. Returns
 * `nothing-to-do` when they agree already.
 */
export async function reconcile(label: Label, world: PromotionWorld): Promise<PromotionResult> {
  const previous = await findDrift(previousOf(label), world.destinations);
  const current = await findDrift(label, world.destinations);
  const moves = [...previous.moves, ...current.moves];
  const debts = [...current.debts, ...(previous.hash === null ? [] : previous.debts)];
  const result = (
    outcome: PromotionResult['outcome'],
    message: string,
    more: readonly string[] = [],
  ): PromotionResult => ({
    outcome,
    promotionId: '',
    message,
    debts: [...debts, ...more],
    statement: null,
    bytesMoved: 0,
    flipMs: 0,
  });
  if (current.hash === null)
    return result('nothing-to-do', `${label} does not exist in the repository: nothing to agree with`);
  if (current.debts.length > 0) return result('half-done', `${label} → ${current.hash}: ${current.debts[0]}`);
  if (moves.length === 0) return result('nothing-to-do', `all kinds agree: ${label} → ${current.hash}`);
  return withLease(moves, world, (lease) =>
    world.shield.during(async () => {
      let done = 0;
      await makeMoves(moves, {
        label,
        destinations: world.destinations,
        journal: () => Promise.resolve(),
        options: {
          signal: world.shield.signal,
          before: () => lease.check(),
          after: () => {
            done += 1;
            world.progress({ what: `repair ${label}`, done, total: moves.length, unit: 'writes' });
          },
        },
      });
      const wrong = [...(await observeMoves(moves, world.destinations))].filter(([move, value]) => value !== move.to);
      if (wrong.length === 0)
        return result('done', `${moves.length} pointers brought back to ${label} → ${current.hash}`);
      const facts = wrong.map(([move]) => `${move.destination}: ${move.pointer} is not ${move.to}`);
      return result('half-done', `could not be repaired: ${facts[0]}`, facts);
    }),
  );
}
