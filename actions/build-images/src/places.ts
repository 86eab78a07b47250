import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActionContext } from '@tagflow/action-kit';
import type { Config, ImageBuildConfig, RegistryConfig } from '@tagflow/config';
import { resolveImageStore } from '@tagflow/config';
import { createLayout, readPublishedSet as readImages } from '@tagflow/images';
import type { ArtifactSet, FullHash } from '@tagflow/model';
import {
  findDockerConfig,
  OciError,
  openNet,
  openPlace,
  openSource,
  parseDockerConfig,
  readAuthorities,
  readPublishedSet as readContainers,
  type SourcePlace,
} from '@tagflow/oci';
import { openStore } from '@tagflow/store';

/** Requests to a registry at a time. */
export const connectionsAtATime = 8;

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
  const { credentials, net } = await reach(registry, auth, context);
  try {
    const set = await readContainers(openPlace({ ...registry, credentials, effects: net.effects }), hash);
    return set === null || set.containers.length === 0 ? null : set;
  } finally {
    net.close();
  }
}

/** Where containers may be, and how they are called there. */
export type ContainersAt = Pick<RegistryConfig, 'url' | 'namePattern'> &
  Partial<Pick<RegistryConfig, 'plainHttp' | 'caFile'>>;

/** Does something with a registry, or with files that a builder left, while they are open. */
export async function withContainers<Result>(
  where: ContainersAt,
  auth: string | undefined,
  context: ActionContext,
  work: (place: SourcePlace) => Promise<Result>,
): Promise<Result> {
  const { credentials, net } = await reach(where, auth, context);
  try {
    const { signal, log } = context;
    const opened = await openSource(where, { credentials, effects: net.effects, signal, log });
    try {
      return await work(opened.place);
    } finally {
      await opened.close();
    }
  } finally {
    net.close();
  }
}

async function reach({ caFile = null }: Partial<RegistryConfig>, auth: string | undefined, context: ActionContext) {
  const credentials =
    auth === undefined ? await findDockerConfig(context.env) : parseDockerConfig(auth, 'registry-auth');
  const ca = await readAuthorities([caFile]);
  return { credentials, net: openNet(context, { connections: connectionsAtATime, ca }) };
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

/** How files may be left, each with the patterns of the names that they may have inside. */
export async function formsIn(folder: string, name: string, pattern = '{name}'): Promise<readonly ContainersAt[]> {
  const isThere = async (path: string) => (await stat(join(folder, path)).catch(() => null)) !== null;
  const patterns = [...new Set(['{name}', pattern])];
  if (await isThere('oci-layout')) return patterns.map((namePattern) => ({ url: `oci:${folder}`, namePattern }));
  for (const path of ['containers.tar', 'containers.tar.gz']) {
    if (!(await isThere(path))) continue;
    return patterns.flatMap((namePattern) =>
      ['oci-archive', 'docker-archive'].map((kind) => ({ url: `${kind}:${join(folder, path)}`, namePattern })),
    );
  }
  for (const each of patterns) {
    const path = each.replace('{name}', name);
    if (await isThere(`${path}/oci-layout`)) return [{ url: `oci:${join(folder, each)}`, namePattern: '{name}' }];
    for (const ending of ['.tar', '.tar.gz']) {
      if (!(await isThere(`${path}${ending}`))) continue;
      const url = `${join(folder, each)}${ending}`;
      return ['oci-archive', 'docker-archive'].map((kind) => ({ url: `${kind}:${url}`, namePattern: '{name}' }));
    }
  }
  return [];
}

/** Returns the first that fits, else the first that can be read at all: that one tells what is wrong. */
export async function firstThat(
  forms: readonly ContainersAt[],
  fits: (form: ContainersAt) => Promise<boolean>,
): Promise<ContainersAt> {
  let readable: ContainersAt | undefined;
  let failure: unknown;
  for (const form of forms) {
    try {
      if (await fits(form)) return form;
      readable ??= form;
    } catch (error) {
      if (!(error instanceof OciError)) throw error;
      failure ??= error;
    }
  }
  if (readable === undefined) throw failure;
  return readable;
}
