import type { ActionContext } from '@tagflow/action-kit';
import type { Config, ImageBuildConfig, RegistryConfig } from '@tagflow/config';
import { resolveImageStore } from '@tagflow/config';
import { createLayout, readPublishedSet as readImages } from '@tagflow/images';
import type { ArtifactSet, FullHash } from '@tagflow/model';
import {
  findDockerConfig,
  openNet,
  openPlace,
  parseDockerConfig,
  readAuthorities,
  readPublishedSet as readContainers,
} from '@tagflow/oci';
import { openStore } from '@tagflow/store';

/**
 * Returns the set of the hash that a registry has published, or null when it has none with containers. A second build
 * of one hash would give other digests, and people who pulled the first by its hash would not have what was tested.
 */
export async function publishedContainers(
  registry: RegistryConfig,
  hash: FullHash,
  auth: string | undefined,
  context: ActionContext,
): Promise<ArtifactSet | null> {
  const net = openNet(context, { connections: 2, ca: await readAuthorities([registry.caFile]) });
  try {
    const credentials =
      auth === undefined ? await findDockerConfig(context.env) : parseDockerConfig(auth, 'registry-auth');
    const set = await readContainers(openPlace({ ...registry, credentials, effects: net.effects }), hash);
    return set === null || set.containers.length === 0 ? null : set;
  } finally {
    net.close();
  }
}

/** Returns the set of the hash that an image store has published, or null when one of the files is not in it. */
export async function publishedImages(
  config: Config,
  build: ImageBuildConfig,
  files: readonly string[],
  hash: FullHash,
  context: ActionContext,
): Promise<ArtifactSet | null> {
  const place = resolveImageStore(config, build.store);
  const store = openStore(place.readUrl, { effects: context });
  const directory = createLayout({ ...place, release: config.release, distro: config.distro }).directory(hash);
  const set = await readImages({ store, directory }, hash).finally(() => store.close());
  const images = set?.images.filter(({ name }) => files.includes(name)) ?? [];
  return set === null || images.length < files.length ? null : { ...set, containers: [], images };
}
