import { OciError } from './error.ts';
import type { Manifest } from './manifest.ts';
import { formatReference } from './reference.ts';
import type { RegistryClient } from './registry.ts';

/**
 * Points a tag to a manifest and reads it back: a registry may answer 201 and leave the tag where it was
 * (goharbor/harbor#23118). A registry that refuses to move the tag is believed only when the tag is not right already:
 * some refuse even that.
 * @throws OciError `tag-not-moved`, `immutable`
 */
export async function putTag(
  client: RegistryClient,
  repository: string,
  tag: string,
  manifest: Manifest,
): Promise<void> {
  let refusal: OciError | null = null;
  try {
    await client.putManifest(repository, tag, manifest);
  } catch (error) {
    if (!(error instanceof OciError) || error.code !== 'immutable') throw error;
    refusal = error;
  }
  const now = await client.headManifest(repository, tag);
  if (now?.digest === manifest.digest) return;
  if (refusal !== null) throw refusal;
  throw new OciError(
    'tag-not-moved',
    `${formatReference(client.registry, repository, tag)}: the registry took ${manifest.digest}, but the tag is ${now?.digest ?? 'absent'}`,
    { next: 'Somebody else may be writing the tag. Run the same command again.' },
  );
}
