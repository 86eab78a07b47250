import { type Destination, type FlipOptions, type Label, messageOf, type Move, type Plan } from '@tagflow/model';
import { PromotionError } from '../error.ts';
import { moveRank } from '../plan/plan.ts';

/** What a flip or its undoing needs besides the moves. */
export interface FlipWork {
  readonly label: Label;
  readonly destinations: readonly Destination[];
  readonly options: FlipOptions;
  /** Called before a destination's group of moves and after it. */
  readonly journal: (step: 'flipping' | 'moved' | 'undoing', detail: string) => Promise<void>;
}

/**
 * Makes the moves in the order of their ranks; destinations of one rank are written side by side. Rejects with the
 * first error, after the other destinations of that rank have come to rest.
 */
export async function makeMoves(moves: readonly Move[], work: FlipWork): Promise<void> {
  for (const rank of [0, 1, 2, 3]) {
    const groups = byDestination(moves.filter((move) => moveRank(move, work.label) === rank));
    await settle(
      [...groups].map(async ([name, group]) => {
        const detail = `${name}: ${group.length} × ${group[0]?.label}`;
        await work.journal('flipping', detail);
        await named(name, work.destinations).flip(group, work.options);
        await work.journal('moved', detail);
      }),
    );
  }
}

/**
 * Takes moves back, in the reverse order. Pointers that did not exist are removed where the destination can.
 * Returns a sentence for every pointer that had to stay.
 */
export async function undoMoves(moves: readonly Move[], work: FlipWork): Promise<readonly string[]> {
  const stuck: string[] = [];
  const failures: unknown[] = [];
  for (const rank of [3, 2, 1, 0]) {
    const groups = byDestination(moves.filter((move) => moveRank(move, work.label) === rank));
    // One kind that cannot go back must not keep the others from it.
    await settle(
      [...groups].map(async ([name, group]) => {
        const destination = named(name, work.destinations);
        await work.journal('undoing', `${name}: ${group.length} × ${group[0]?.label}`);
        const back = group.flatMap((move) =>
          move.from === null ? [] : [{ ...move, from: move.to, to: move.from } satisfies Move],
        );
        if (back.length > 0) await destination.flip(back, work.options);
        const fresh = await existing(
          destination,
          group.filter((move) => move.from === null),
        );
        if (fresh.length > 0 && destination.canUnset) await destination.unset(fresh, work.options);
        else
          stuck.push(
            ...fresh.map((move) => `${name}: ${move.pointer} did not exist before and cannot be removed here`),
          );
      }),
    ).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw joined(failures);
  return stuck;
}

/** Returns where the pointers of the moves are now. */
export async function observeMoves(
  moves: readonly Move[],
  destinations: readonly Destination[],
): Promise<ReadonlyMap<Move, string | null>> {
  const positions = new Map<Move, string | null>();
  await Promise.all(
    [...byDestination(moves)].map(async ([name, group]) => {
      const now = await named(name, destinations).observe(group.map((move) => move.pointer));
      for (const move of group) positions.set(move, now.get(move.pointer) ?? null);
    }),
  );
  return positions;
}

/**
 * Returns the moves of a plan, and as moves that change nothing everything else that the label will name: what was right
 * when the plan was made may have moved since.
 */
export function watchedMoves({ label, set, moves }: Plan, destinations: readonly Destination[]): readonly Move[] {
  const settled = destinations.flatMap(({ name: destination, kind, desired }) =>
    desired(label, set)
      .filter(({ name }) => !moves.some((move) => move.destination === destination && move.pointer === name))
      .map(({ name, value }): Move => ({ destination, kind, label, pointer: name, from: value, to: value })),
  );
  return [...moves, ...settled];
}

/** Returns a sentence for every pointer that is neither where the plan found it nor where the plan puts it. */
export function strangers(positions: ReadonlyMap<Move, string | null>): readonly string[] {
  return (
    [...positions]
      // A repository's label that is gone was taken by nobody: DLRN removes it before it makes it anew.
      .filter(
        ([move, value]) => value !== move.from && value !== move.to && !(move.kind === 'repository' && value === null),
      )
      .map(
        ([move, value]) =>
          `${move.destination}: ${move.pointer} is ${value ?? 'gone'}, the plan saw ${move.from ?? 'none'}`,
      )
  );
}

async function existing(destination: Destination, moves: readonly Move[]): Promise<readonly Move[]> {
  if (moves.length === 0) return [];
  const now = await destination.observe(moves.map((move) => move.pointer));
  return moves.filter((move) => (now.get(move.pointer) ?? null) !== null);
}

function named(name: string, destinations: readonly Destination[]): Destination {
  const destination = destinations.find((candidate) => candidate.name === name);
  if (destination === undefined) {
    const known = destinations.map((candidate) => candidate.name).join(', ');
    throw new PromotionError(
      'bad-plan',
      `the plan writes to "${name}", which is not configured here (known: ${known})`,
      {
        outcome: 'invalid',
        next: 'Apply the plan with the configuration that it was made with.',
      },
    );
  }
  return destination;
}

function byDestination(moves: readonly Move[]): ReadonlyMap<string, readonly Move[]> {
  return Map.groupBy(moves, (move) => move.destination);
}

// Promise.all would let the others of a rank go on writing while the caller undoes them already.
async function settle(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).filter((result) => result.status === 'rejected');
  if (failed.length > 0) throw joined(failed.map((result) => result.reason as unknown));
}

function joined(errors: readonly unknown[]): unknown {
  const [first, ...others] = errors;
  // Many writes fail for one reason, such as a lease that was lost.
  return others.length === 0 ? first : new AggregateError(errors, [...new Set(errors.map(messageOf))].join('; '));
}
