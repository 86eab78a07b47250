import type { FailureOutcome } from '@tagflow/model';
import { DlrnError } from './error.ts';

/** Returns the error for a label that is neither where the plan saw it nor where it should go. */
export function hashChanged(
  where: string,
  move: { readonly label: string; readonly from: string | null },
  now: string | null,
  outcome: FailureOutcome = 'failed',
): DlrnError {
  return new DlrnError(
    'hash-changed',
    `${where}: ${move.label} names ${now ?? 'nothing'}, the plan saw ${move.from ?? 'nothing'}: somebody else moved it`,
    { outcome, next: 'Make a new plan.' },
  );
}
