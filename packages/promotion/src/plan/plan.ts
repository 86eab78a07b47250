import {
  type ArtifactSet,
  type Criteria,
  type Destination,
  type FullHash,
  type Label,
  type Move,
  parseFullHash,
  type Plan,
  type PolicyEntry,
  previousOf,
  type PromotionMode,
  type Verdict,
} from '@tagflow/model';
import { PromotionError } from '../error.ts';
import { foresee, refuseImpossible } from './foresee.ts';
import { readSet } from './read-set.ts';
import { unfinishedMoves } from '../transaction/unfinished.ts';

export interface PlanRequest {
  readonly mode: PromotionMode;
  readonly release: string;
  readonly component: string | null;
  readonly label: Label;
  readonly candidateLabel: Label | null;
  readonly set: ArtifactSet;
  /** Exactly one of them is the repository. */
  readonly destinations: readonly Destination[];
  /** What `previous-<label>` is to name afterwards: the set that the label leaves, another one, or what it names now. */
  readonly previous: 'from-set' | 'unchanged' | ArtifactSet;
  readonly verdict: Verdict;
  readonly criteria: Criteria;
  readonly waivers: readonly PolicyEntry[];
  readonly policyDigest: string;
  readonly version: number;
  readonly configDigest: string;
  readonly reason: string | null;
  readonly actor: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Reads where every pointer is and returns the promotion as data: each write with its precondition, in the order of
 * writing. Returns null when every pointer names the set already. Writes nothing.
 * @throws PromotionError `bad-plan` when there is not exactly one repository among the destinations; `impossible` when a
 * destination knows that the label cannot become the set
 */
export async function planPromotion(request: PlanRequest): Promise<Plan | null> {
  const repository = theRepository(request.destinations);
  const fromHash = await labelledHash(repository, request.label);
  const fromSet = fromHash === null ? null : await readSet(request.destinations, fromHash);
  // Repairing a label that names the hash already must not make `previous` equal to it.
  const isRepair = fromHash === null || fromHash === request.set.fullHash;
  const previous = request.previous === 'from-set' && isRepair ? 'unchanged' : request.previous;
  const drafts = await Promise.all(
    request.destinations.map((destination) => draftMoves(destination, request, { fromSet, previous })),
  );
  const all = drafts.flat().sort((a, b) => moveRank(a, request.label) - moveRank(b, request.label));
  if (!all.some((move) => move.label === request.label)) return null;
  const { moves, notes } = await possible(all, request);
  return {
    mode: request.mode,
    release: request.release,
    component: request.component,
    label: request.label,
    candidateLabel: request.candidateLabel,
    fromHash,
    toHash: request.set.fullHash,
    set: request.set,
    fromSet,
    moves,
    notes: [...notesOn(moves, request, fromHash, fromSet), ...notes],
    irreversible: irreversibleOf(moves, request.destinations),
    verdict: request.verdict,
    criteria: request.criteria,
    waivers: request.waivers,
    version: request.version,
    policyDigest: request.policyDigest,
    configDigest: request.configDigest,
    reason: request.reason,
    actor: request.actor,
    createdAt: new Date(request.now).toISOString(),
  };
}

/**
 * Returns when a move is written: `previous-<label>` of containers and images (0), the label of containers and images
 * (1), the repository's `previous-<label>` (2), and the repository's label last (3), which commits the promotion.
 */
export function moveRank(move: Move, label: Label): 0 | 1 | 2 | 3 {
  const isLabel = move.label === label;
  if (move.kind === 'repository') return isLabel ? 3 : 2;
  return isLabel ? 1 : 0;
}

/** Returns the one repository among the destinations. */
export function theRepository(destinations: readonly Destination[]): Destination {
  const [repository, ...others] = destinations.filter((destination) => destination.kind === 'repository');
  if (repository === undefined || others.length > 0) {
    throw new PromotionError(
      'bad-plan',
      `a promotion needs exactly one repository, ${others.length + (repository ? 1 : 0)} are configured`,
      {
        outcome: 'invalid',
      },
    );
  }
  return repository;
}

/** Returns the hash that the repository's label names now, or null when there is no such label. */
export async function labelledHash(repository: Destination, label: Label): Promise<FullHash | null> {
  const value = (await repository.observe([label])).get(label) ?? null;
  return value === null ? null : parseFullHash(value);
}

/** Returns the moves that can be made, and what is to be known about them. */
async function possible(
  moves: readonly Move[],
  request: PlanRequest,
): Promise<{ readonly moves: readonly Move[]; readonly notes: readonly string[] }> {
  const { destinations, label, set } = request;
  const [own, kept] = [moves.filter((move) => move.label === label), moves.filter((move) => move.label !== label)];
  const [ofLabel, ofPrevious] = await Promise.all([foresee(own, destinations), foresee(kept, destinations)]);
  refuseImpossible(ofLabel.problems, { label, toHash: set.fullHash });
  const notes = [...ofLabel.notes, ...ofPrevious.notes];
  if (ofPrevious.problems.length > 0) {
    // It is what a later rollback begins with, and no reason to stay with what is there now. All kinds stay together.
    return { moves: own, notes: [...notes, `${previousOf(label)} stays as it is: ${ofPrevious.problems.join('; ')}`] };
  }
  return { moves, notes };
}

async function draftMoves(
  destination: Destination,
  request: PlanRequest,
  kept: { readonly fromSet: ArtifactSet | null; readonly previous: PlanRequest['previous'] },
): Promise<readonly Move[]> {
  const { label, set } = request;
  const previous = previousOf(label);
  const wanted = destination.desired(label, set);
  const keptSet = kept.previous === 'from-set' ? kept.fromSet : kept.previous === 'unchanged' ? null : kept.previous;
  const keepers = kept.previous === 'unchanged' ? [] : destination.desired(previous, keptSet ?? set);
  const sources = kept.previous === 'unchanged' ? [] : destination.desired(label, keptSet ?? set);
  const now = await destination.observe([...wanted, ...keepers, ...sources].map((pointer) => pointer.name));
  const at = (name: string): string | null => now.get(name) ?? null;
  const draft = (moveLabel: Label, pointer: string, to: string): Move => ({
    destination: destination.name,
    kind: destination.kind,
    label: moveLabel,
    pointer,
    from: at(pointer),
    to,
  });
  const moves: Move[] = [];
  for (const [index, keeper] of keepers.entries()) {
    // Where nobody recorded the old set, `previous` gets what the label says now.
    const value = keptSet === null ? at(sources[index]?.name ?? '') : keeper.value;
    if (value !== null) moves.push(draft(previous, keeper.name, value));
  }
  for (const pointer of wanted) moves.push(draft(label, pointer.name, pointer.value));
  const open = moves.filter((move) => move.from !== move.to);
  const settled = moves.filter((move) => move.from === move.to);
  return [...open, ...(await unfinishedMoves(settled, destination))];
}

/** Returns those of the moves that nobody could take back. */
export function irreversibleOf(moves: readonly Move[], destinations: readonly Destination[]): Plan['irreversible'] {
  const forGood = new Set(destinations.filter(({ canUnset }) => !canUnset).map(({ name }) => name));
  return moves
    .filter(({ destination, from }) => from === null && forGood.has(destination))
    .map(({ destination, pointer }) => ({ destination, pointer }));
}

function notesOn(
  moves: readonly Move[],
  request: PlanRequest,
  fromHash: FullHash | null,
  fromSet: ArtifactSet | null,
): readonly string[] {
  const notes: string[] = [];
  for (const destination of request.destinations) {
    const fresh = moves.filter((move) => move.destination === destination.name && move.from === null);
    if (fresh.length > 0 && !destination.canUnset) {
      notes.push(
        `${destination.name}: ${fresh.length === 1 ? '1 of these pointers does' : `${fresh.length} of these pointers do`} not exist yet and cannot be removed again, ` +
          `should the promotion be undone (first: ${fresh[0]?.pointer})`,
      );
    }
  }
  const kept = new Set(request.set.containers.map((container) => container.name));
  const dropped = fromSet?.containers.filter((container) => !kept.has(container.name)) ?? [];
  if (dropped.length > 0) {
    notes.push(
      `left behind at ${fromHash}, because the new set does not have them: ` +
        dropped.map((container) => `${container.name}:${request.label}`).join(', '),
    );
  }
  if (fromHash !== null && fromSet === null) {
    notes.push(`no set.json was found for ${fromHash}, which the label leaves; going back uses the recorded pointers`);
  }
  return notes;
}
