import type { Plan } from '@tagflow/model';
import type { PromotionWorld } from './engine.ts';

/**
 * Returns the version that the next move of a label gets: always more than the last one. It follows the clock, in whole
 * seconds, so that it goes on growing when the ledger that remembered the last one is lost.
 */
export async function nextVersion(
  { release, label }: Pick<Plan, 'release' | 'label'>,
  { ledger, clock }: Pick<PromotionWorld, 'ledger' | 'clock'>,
): Promise<number> {
  return Math.max((await ledger.lastVersion(release, label)) + 1, Math.floor(clock.now() / 1000));
}
