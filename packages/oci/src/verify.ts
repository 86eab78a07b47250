import type { ArtifactSet } from '@tagflow/model';
import { doAll } from './limited.ts';
import type { ContainerPlace } from './place.ts';
import { formatReference } from './reference.ts';

/**
 * Reads a staged set back: a HEAD for each container. Returns a sentence for each whose hash tag is absent or names
 * another digest. A registry takes a manifest only when it has what the manifest names, so that blobs need no look.
 */
export async function verifyContainers(
  place: ContainerPlace,
  set: ArtifactSet,
  concurrency: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const { client } = place;
  if (set.containers.length === 0) problems.push(`${place.title}: the set of ${set.fullHash} holds no containers`);
  await doAll(set.containers, concurrency, async ({ name, digest }) => {
    signal.throwIfAborted();
    const repository = place.repository(name);
    const head = await client.headManifest(repository, set.fullHash);
    const where = formatReference(client.registry, repository, set.fullHash);
    if (head === null) problems.push(`${where} is not there`);
    else if (head.digest !== digest) problems.push(`${where} is ${head.digest}, the set says ${digest}`);
  });
  return problems.sort();
}
