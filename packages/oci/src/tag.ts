import type { Digest } from '@tagflow/model';
import { OciError } from './error.ts';
import type { Manifest } from './manifest.ts';
import type { RegistryClient } from './registry.ts';

/**
 * Points tags of a repository to a manifest that it holds: one GET, then a PUT and a read-back for each tag. No blob is
 * touched.
 * @throws OciError `not-found`, or `tag-not-moved` when the registry said yes and did not do it
 */
export async function retag(
  client: RegistryClient,
  repository: string,
  digest: Digest,
  tags: readonly string[],
): Promise<void> {
  const manifest = await client.getManifest(repository, digest);
  if (manifest === null) {
    throw new OciError(
      'not-found',
      `${client.registry.name}/${repository}@${digest} is not there, so nothing can be tagged`,
      {
        next: 'Copy the container there first: tag-and-push-containers.',
      },
    );
  }
  for (const tag of tags) await putTag(client, repository, tag, manifest);
}

/**
 * Points a tag to a manifest and reads it back: a registry may answer 201 and leave the tag where it was
 * (goharbor/harbor#23118).
 * @throws OciError `tag-not-moved`
 */
export async function putTag(
  client: RegistryClient,
  repository: string,
  tag: string,
  manifest: Manifest,
): Promise<void> {
  await client.putManifest(repository, tag, manifest);
  const now = await client.headManifest(repository, tag);
  if (now?.digest === manifest.digest) return;
  throw new OciError(
    'tag-not-moved',
    `${client.registry.name}/${repository}:${tag}: the registry took ${manifest.digest}, but the tag is ${now?.digest ?? 'absent'}`,
    { next: 'Somebody else may be writing the tag. Run the same command again.' },
  );
}
