import type { ArtifactSet, Digest } from '@tagflow/model';
import { manifestFrom } from '../manifest-store.ts';
import { type Contradiction, tagsDiffer } from '../published-differently.ts';
import { formatReference } from '../reference.ts';
import type { PushJob, PushTarget } from './push-job.ts';

/**
 * Returns when no tag of the hash in a destination names something else than the set, but for a container that becomes
 * the index which holds it.
 * @throws OciError `published-differently`
 */
export async function refuseContradictions(
  { source, manifests }: PushJob,
  set: ArtifactSet,
  { destination }: PushTarget,
  now: ReadonlyMap<string, Digest | null>,
): Promise<void> {
  const { place } = destination;
  const found: Contradiction[] = [];
  for (const { name, digest } of set.containers) {
    const published = now.get(name) ?? null;
    if (published === null || published === digest) continue;
    const { children } = await manifestFrom(manifests, source.reader, source.repository(name), digest);
    if (children.some((child) => child.digest === published)) continue;
    const where = formatReference(place.client.registry, place.repository(name), set.fullHash);
    found.push({ name, where, published, given: digest });
  }
  if (found.length > 0) throw tagsDiffer(`containers for ${place.title}`, found);
}
