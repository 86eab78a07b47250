import type { ArtifactSet, Destination } from '@tagflow/model';
import type { PromotionWorld } from '../transaction/engine.ts';

/**
 * Reads a set back in every destination, and returns a sentence for each thing that is missing or wrong, of all of them:
 * who has to repair it wants to know everything at once. Empty means whole.
 */
export async function findGone(
  set: ArtifactSet,
  destinations: readonly Destination[],
  { shield, progress }: Pick<PromotionWorld, 'shield' | 'progress'>,
): Promise<readonly string[]> {
  const options = { signal: shield.signal, progress };
  const found = await Promise.all(
    destinations.map(async (destination) =>
      (await destination.verify(set, options)).map((problem) => `${destination.name}: ${problem}`),
    ),
  );
  return found.flat();
}
