import type { Destination, Label } from '@tagflow/model';
import { type Debt, findDebt, formatDebt } from './debt.ts';
import { PromotionError } from '../error.ts';

/** A place that a phase reads from, and that the phase before may leave behind: it is optional there. */
export interface OptionalSourcePlace {
  readonly destination: Destination;
  /** What the phase before promotes to. */
  readonly label: Label;
  /** The phase before, which pays. */
  readonly phase: string;
  /** The places that the phase before requires; they know what belongs to the label. */
  readonly knowing: readonly Destination[];
}

/**
 * Returns when nothing is owed by the place that is about to be read from.
 * @throws PromotionError `owing` with the outcome `waiting`: the phase before pays in its next run, and then the same
 *   command goes through; nobody has to decide anything
 */
export async function refuseOwing(source: OptionalSourcePlace | null, repository: Destination): Promise<void> {
  if (source === null) return;
  const debt = await findDebt(source.label, repository, source.destination, source.knowing);
  if (debt !== null) throw owing(debt, source.phase);
}

/** Returns the error for a place that must not be read from before it has paid. */
export function owing(debt: Debt, phase: string): PromotionError {
  return new PromotionError('owing', formatDebt(debt), {
    outcome: 'waiting',
    next: `Pay first: promote-symlink for phase ${phase}.`,
  });
}
