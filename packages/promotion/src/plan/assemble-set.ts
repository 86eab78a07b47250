import type { ArtifactSet, FullHash } from '@tagflow/model';
import { PromotionError } from '../error.ts';
import type { PromoteRequest } from '../promote.ts';
import type { PromotionWorld } from '../transaction/engine.ts';
import { readSet } from './read-set.ts';
import { wholeSet } from './whole-set.ts';

/**
 * Returns the set of a hash that is to be moved to: what earlier jobs learned, and what is published.
 * @throws PromotionError `no-set` when a kind that moves has nothing in it
 */
export async function assembleSet(
  request: Pick<PromoteRequest, 'release' | 'parts'>,
  world: Pick<PromotionWorld, 'destinations'>,
  fullHash: FullHash,
  repository: ArtifactSet['repository'],
): Promise<ArtifactSet> {
  const own = { release: request.release, fullHash, repository };
  const kinds = new Set(world.destinations.map((destination) => destination.kind));
  if (kinds.size === 1) return wholeSet(own, []); // a pin, or a component: DLRN only
  const published = await readSet(world.destinations, fullHash);
  const set = wholeSet(own, published === null ? request.parts : [published, ...request.parts]);
  const empty = [
    ...(kinds.has('containers') && set.containers.length === 0 ? ['containers'] : []),
    ...(kinds.has('images') && set.images.length === 0 ? ['images'] : []),
  ];
  if (empty.length > 0) {
    throw new PromotionError(
      'no-set',
      `the set of ${fullHash} has no ${empty.join(' and no ')}, and an empty set is never promoted`,
      {
        next: 'Stage them first (tag-and-push-containers, sync-images), or give their set.json in the input set.',
      },
    );
  }
  return set;
}
