import { type ArtifactSet, type Destination, type FullHash, mergeSets, ParseError } from '@tagflow/model';

/**
 * Returns the set that was published for a hash, joined from what every destination says of it, or null. Until its
 * first promotion a hash may be known in parts: its containers in registries, its images in stores; and stores of
 * different visibility hold different views for good. Where two places contradict each other, the fuller one counts.
 */
export async function readSet(
  destinations: readonly Pick<Destination, 'readSet'>[],
  hash: FullHash,
): Promise<ArtifactSet | null> {
  const found = await Promise.all(destinations.map((destination) => destination.readSet(hash)));
  const views = found.filter((set) => set !== null).sort((a, b) => weight(b) - weight(a));
  return views.reduce<ArtifactSet | null>((joined, view) => (joined === null ? view : join(joined, view)), null);
}

function weight(set: ArtifactSet): number {
  return set.containers.length + set.images.length;
}

function join(joined: ArtifactSet, view: ArtifactSet): ArtifactSet {
  try {
    return mergeSets([joined, view]);
  } catch (error) {
    if (error instanceof ParseError) return joined;
    throw error;
  }
}
