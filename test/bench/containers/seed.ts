import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Content, type DataFolder, digestOf, openDataFolder } from './layout.ts';
import { fraction, makeLayer } from './layer.ts';

/** How large the source is. */
export interface SeedOptions {
  readonly repos: number;
  /** All base layers of amd64 together; those of ppc64le have a fifth. */
  readonly baseMb: number;
  /** Bounds of one layer that a repository has for itself; there are one to three. */
  readonly uniqMinMb: number;
  readonly uniqMaxMb: number;
  readonly tag: string;
}

/** What lies in the source. */
export interface Seed {
  readonly tag: string;
  readonly repositories: readonly { readonly repository: string; readonly digest: string }[];
  /** Layers and configs, each once, by digest: bytes, and a repository that has it. */
  readonly blobs: Readonly<Record<string, { readonly size: number; readonly repository: string }>>;
  /** Children of indexes too. */
  readonly manifests: number;
  readonly images: number;
  /** How many links from a repository to a blob. */
  readonly pairs: number;
}

/** A release of RDO in small: 150 repositories, 180 images, 542 blobs, 412 MB. */
export const usualSeed: SeedOptions = {
  repos: 150,
  baseMb: 15,
  uniqMinMb: 0.2,
  uniqMaxMb: 2,
  tag: 'tripleo-ci-testing',
};

// Another number when the same options make something else.
const version = 1;
const prefix = 'tripleomaster/centos-binary-';
const names = [
  ...['nova-api', 'nova-compute', 'neutron-server', 'glance-api', 'keystone', 'cinder-volume', 'heat-engine'],
  ...['swift-proxy-server', 'ironic-conductor', 'horizon', 'mariadb', 'rabbitmq', 'haproxy', 'memcached'],
  'octavia-worker',
];
const baseShares = [0.62, 0.25, 0.1, 0.03];
const multiEvery = 5;
const formats = {
  oci: {
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
    index: 'application/vnd.oci.image.index.v1+json',
  },
  docker: {
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
  },
} as const;

/**
 * Fills `folder` with a data folder of distribution, shaped like the containers of a release: shared base layers, one to
 * three layers more for each image, every fifth repository an index of two architectures, half of them OCI. What is
 * there already is left alone. The same options make the same bytes.
 */
export async function makeSeed(folder: string, options: SeedOptions): Promise<Seed> {
  const facts = join(folder, 'seed.json');
  const key = JSON.stringify({ version, ...options });
  if (existsSync(facts)) {
    const known = JSON.parse(await readFile(facts, 'utf8')) as { readonly key: string; readonly seed: Seed };
    if (known.key === key) return known.seed;
  }
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const seed = await fill(openDataFolder(join(folder, 'data')), options);
  await writeFile(facts, JSON.stringify({ key, seed }));
  return seed;
}

interface PlacedLayer extends Content {
  readonly diffId: string;
}

async function fill(data: DataFolder, { repos, baseMb, uniqMinMb, uniqMaxMb, tag }: SeedOptions): Promise<Seed> {
  const blobs: Record<string, { readonly size: number; readonly repository: string }> = {};
  let [manifests, images, pairs] = [0, 0, 0];
  const layer = async (key: string, megabytes: number): Promise<PlacedLayer> => {
    const { bytes, tar } = makeLayer(key, Math.round(megabytes * 1e6));
    return { ...(await data.putBytes(bytes)), diffId: digestOf(tar) };
  };
  const bases: Readonly<Record<string, readonly PlacedLayer[]>> = {
    amd64: await Promise.all(baseShares.map((share, index) => layer(`base-amd64-${index}`, baseMb * share))),
    ppc64le: await Promise.all(baseShares.map((share, index) => layer(`base-ppc64le-${index}`, baseMb * share * 0.2))),
  };
  const putManifest = (repository: string, as: string | null, value: unknown): Promise<Content> => {
    manifests += 1;
    return data.putManifest(repository, as, JSON.stringify(value));
  };
  const image = async (repository: string, architecture: string, format: (typeof formats)['oci' | 'docker']) => {
    images += 1;
    const layers = [...(bases[architecture] ?? [])];
    const more = 1 + Math.floor(fraction(`${repository}${architecture}n`) * 3);
    for (let index = 0; index < more; index += 1) {
      const part = fraction(`${repository}${architecture}s${index}`);
      layers.push(await layer(`${repository}-${architecture}-${index}`, uniqMinMb + part * (uniqMaxMb - uniqMinMb)));
    }
    const config = await data.putBytes(
      Buffer.from(
        JSON.stringify({
          ...{ architecture, os: 'linux', created: '2020-01-01T00:00:00Z', config: { Labels: { name: repository } } },
          rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
        }),
      ),
    );
    for (const { digest, size } of [config, ...layers]) {
      blobs[digest] ??= { size, repository };
      pairs += 1;
      await data.linkBlob(repository, digest);
    }
    const descriptor = ({ digest, size }: Content, mediaType: string) => ({ mediaType, size, digest });
    return {
      ...{ schemaVersion: 2, mediaType: format.manifest, config: descriptor(config, format.config) },
      layers: layers.map((one) => descriptor(one, format.layer)),
    };
  };
  const repositoryAt = async (repository: string, index: number): Promise<string> => {
    const format = index % 2 === 1 ? formats.oci : formats.docker;
    if (index % multiEvery !== multiEvery - 1) {
      return (await putManifest(repository, tag, await image(repository, 'amd64', format))).digest;
    }
    const children = [];
    for (const architecture of ['amd64', 'ppc64le']) {
      const child = await putManifest(repository, null, await image(repository, architecture, format));
      children.push({ mediaType: format.manifest, ...child, platform: { architecture, os: 'linux' } });
    }
    return (await putManifest(repository, tag, { schemaVersion: 2, mediaType: format.index, manifests: children }))
      .digest;
  };
  const repositories = [];
  for (let index = 0; index < repos; index += 1) {
    const round = Math.floor(index / names.length);
    const repository = `${prefix}${names[index % names.length]}${round === 0 ? '' : `-${round}`}`;
    repositories.push({ repository, digest: await repositoryAt(repository, index) });
  }
  return { tag, repositories, blobs, manifests, images, pairs };
}
