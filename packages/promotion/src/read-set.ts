import type { ArtifactSet, Destination, FullHash } from '@tagflow/model';

/**
 * Returns the set that was published for a hash in the first destination that has one, or null. Image stores are asked
 * before registries: a link and a small file cost less than a manifest and its blob.
 */
export async function readSet(destinations: readonly Destination[], hash: FullHash): Promise<ArtifactSet | null> {
  const order = { images: 0, containers: 1, repository: 2 };
  // Stores of different visibility hold different views of one set; the fullest one is the set.
  let fullest: ArtifactSet | null = null;
  for (const destination of [...destinations].sort((a, b) => order[a.kind] - order[b.kind])) {
    const set = await destination.readSet(hash);
    if (set !== null && (fullest === null || weight(set) > weight(fullest))) fullest = set;
  }
  return fullest;
}

function weight(set: ArtifactSet): number {
  return set.containers.length + set.images.length;
}
