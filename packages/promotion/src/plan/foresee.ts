import type { Destination, Foresight, Label, Move } from '@tagflow/model';
import { PromotionError } from '../error.ts';

/** Asks every destination what speaks against its moves. Writes nothing. */
export async function foresee(moves: readonly Move[], destinations: readonly Destination[]): Promise<Foresight> {
  const all = await Promise.all(
    destinations.map(async (destination): Promise<Foresight> => {
      const own = moves.filter((move) => move.destination === destination.name);
      const found = own.length === 0 ? undefined : await destination.foresee?.(own);
      const named = (sentence: string): string => `${destination.name}: ${sentence}`;
      return { problems: found?.problems.map(named) ?? [], notes: found?.notes.map(named) ?? [] };
    }),
  );
  return { problems: all.flatMap(({ problems }) => problems), notes: all.flatMap(({ notes }) => notes) };
}

/** @throws PromotionError `impossible` when there is a problem */
export function refuseImpossible(
  problems: readonly string[],
  of: { readonly label: Label; readonly toHash: string },
): void {
  if (problems.length === 0) return;
  throw new PromotionError(
    'impossible',
    `${of.label} cannot become ${of.toHash}, and nothing was written: ${problems.join('; ')}`,
    { next: 'Do what the sentences above ask for on the server, or choose another hash.' },
  );
}
