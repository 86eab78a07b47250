import type { ArtifactSet, Digest } from '@tagflow/model';
import { doAll } from './limited.ts';
import type { ContainerPlace } from './place.ts';

/**
 * Reads a staged set back. Returns a sentence for each container whose hash tag is absent or names another digest, and
 * for each blob that is not there.
 * @param blobs blobs to look at, and the repository of each
 */
export async function verifyContainers(
  place: ContainerPlace,
  set: ArtifactSet,
  blobs: ReadonlyMap<Digest, string>,
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
    const where = `${client.registry.name}/${repository}:${set.fullHash}`;
    if (head === null) problems.push(`${where} is not there`);
    else if (head.digest !== digest) problems.push(`${where} is ${head.digest}, the set says ${digest}`);
  });
  await doAll([...blobs], concurrency, async ([digest, repository]) => {
    signal.throwIfAborted();
    if (await client.hasBlob(repository, digest)) return;
    problems.push(`${client.registry.name}/${repository} lacks the blob ${digest} that was uploaded`);
  });
  return problems.sort();
}
