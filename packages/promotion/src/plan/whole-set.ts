import { type ArtifactSet, mergeSets } from '@tagflow/model';

/**
 * Returns the set of a hash, joined from what DLRN says of its repository and from what others say of the rest: of the
 * repository they are not believed.
 */
export function wholeSet(
  { release, fullHash, repository }: Pick<ArtifactSet, 'release' | 'fullHash' | 'repository'>,
  parts: readonly ArtifactSet[],
): ArtifactSet {
  const own: ArtifactSet = { fullHash, release, repository, containers: [], images: [] };
  return mergeSets([own, ...parts.map((part) => ({ ...part, repository: { url: null, builds: [] } }))]);
}
