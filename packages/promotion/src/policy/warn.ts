import type { PolicyEntry } from '@tagflow/model';
import type { PromotionWorld } from '../transaction/engine.ts';
import type { PromoteRequest } from '../promote.ts';
import { reviewPolicy } from './review.ts';

/** Warns of waivers, holds and freezes of a label that end within days: what they keep or let through changes then. */
export function warnOfEnds(
  entries: readonly PolicyEntry[],
  { release, component, label, criteria }: Pick<PromoteRequest, 'release' | 'component' | 'label' | 'criteria'>,
  { clock, log }: Pick<PromotionWorld, 'clock' | 'log'>,
): void {
  // A rollback and a pin ask for no votes, and waivers of the label's jobs are none of theirs.
  const own = (criteria === 'none' ? entries.filter(({ kind }) => kind !== 'waiver') : entries).filter(
    (entry) => (entry.release ?? release) === release && (entry.label ?? label) === label,
  );
  const places = [{ release, component, label, criteria }];
  const reviews = reviewPolicy({ entries: own, now: clock.now(), places, knownHash: () => true, used: null });
  for (const { states, sentence } of reviews) if (states.includes('expires-soon')) log.warning(sentence);
}
