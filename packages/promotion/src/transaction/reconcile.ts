import {
  type Destination,
  type FullHash,
  type Label,
  type Lease,
  messageOf,
  type Move,
  type Outcome,
  previousOf,
} from '@tagflow/model';
import { nothing, type PromotionResult, type PromotionWorld } from './engine.ts';
import { makeMoves, observeMoves } from './flip.ts';
import { withLease } from './lease.ts';
import { labelledHash, theRepository } from '../plan/plan.ts';
import { readPositions } from '../plan/positions.ts';
import { readSet } from '../plan/read-set.ts';
import { unfinishedLabel } from './unfinished.ts';

/** What differs from the repository's label, and the moves that would mend it. */
interface Drift {
  /** What the repository's label names; null where it does not exist. */
  readonly hash: FullHash | null;
  readonly moves: readonly Move[];
  /** What cannot be mended, a sentence each. */
  readonly debts: readonly string[];
}

/**
 * Compares containers and images with the repository's label, which is the truth: nothing else is needed, so this
 * works when the ledger died with its machine. The repository itself may hold its label only in part. Reads only.
 */
export async function findDrift(label: Label, destinations: readonly Destination[]): Promise<Drift> {
  const repository = theRepository(destinations);
  const hash = await labelledHash(repository, label);
  if (hash === null) return { hash, moves: [], debts: [] };
  const own = await unfinishedLabel(repository, label, hash);
  if (destinations.length === 1) return { hash, moves: own, debts: [] };
  const set = await readSet(destinations, hash);
  if (set === null) {
    return {
      hash,
      moves: own,
      debts: [`no set.json is published for ${hash}, so nobody can say what belongs to ${label}`],
    };
  }
  const positions = await Promise.all(
    destinations
      .filter((destination) => destination !== repository)
      .map((destination) => readPositions(destination, label, set)),
  );
  return { hash, moves: [...positions.flat().filter(({ from, to }) => from !== to), ...own], debts: [] };
}

/**
 * Brings containers and images to what the repository's label names, and `previous-<label>` likewise. Returns
 * `nothing-to-do` when they agree already. What differs is found under the lease: a promotion that is in its flip looks
 * like a difference to everybody else.
 */
export async function reconcile(label: Label, world: PromotionWorld): Promise<PromotionResult> {
  return withLease(label, world, (lease) => mend(label, world, lease));
}

const noDrift: Drift = { hash: null, moves: [], debts: [] };

async function mend(label: Label, world: PromotionWorld, lease: Lease): Promise<PromotionResult> {
  const { destinations, shield, progress } = world;
  const isAlone = destinations.length === 1;
  const previous = isAlone ? noDrift : await findDrift(previousOf(label), destinations);
  const current = await findDrift(label, destinations);
  const moves = [...previous.moves, ...current.moves];
  const debts = [...current.debts, ...(previous.hash === null ? [] : previous.debts)];
  const result = (outcome: Outcome, message: string, more: readonly string[] = []): PromotionResult => ({
    ...nothing,
    outcome,
    message,
    debts: [...debts, ...more],
  });
  if (current.hash === null) {
    return result('nothing-to-do', `${label} does not exist in the repository: nothing to agree with`);
  }
  if (current.debts.length > 0) return result('half-done', `${label} → ${current.hash}: ${current.debts[0]}`);
  if (moves.length === 0) {
    const agreed = isAlone ? `nothing else than the repository has to agree` : `all kinds agree`;
    return result('nothing-to-do', `${agreed}: ${label} → ${current.hash}`);
  }
  let done = 0;
  const after = (): void => {
    done += 1;
    progress({ what: `repair ${label}`, done, total: moves.length, unit: 'writes' });
  };
  const options = { signal: shield.signal, before: async () => void (await lease.check()), after };
  try {
    await shield.during(() => makeMoves(moves, { label, destinations, journal: () => Promise.resolve(), options }));
    const wrong = [...(await observeMoves(moves, destinations))].filter(([move, value]) => value !== move.to);
    if (wrong.length === 0) {
      return result('done', `${moves.length} pointers brought back to ${label} → ${current.hash}`);
    }
    const facts = wrong.map(([move]) => `${move.destination}: ${move.pointer} is not ${move.to}`);
    return result('half-done', `could not be repaired: ${facts[0]}`, facts);
  } catch (error) {
    // Kinds are known to differ: whatever stopped the repair, that is what the caller has to know.
    return result('half-done', `could not be repaired: ${messageOf(error)}`, [messageOf(error)]);
  }
}
