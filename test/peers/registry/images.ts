import { gzipSync } from 'node:zlib';
import { digestOf, putBlob, putManifest, type RegistryUnderTest, types } from './asking.ts';

/** A container of the source: what every reader has to find in every target. */
export interface SourceImage {
  /** The bare name; the repository is `tripleomaster/openstack-NAME`. */
  readonly name: string;
  readonly digest: string;
  /** The manifest, byte by byte. */
  readonly text: string;
}

interface Format {
  readonly manifest: string;
  readonly config: string;
  readonly layer: string;
  readonly index: string;
}

const oci: Format = {
  manifest: types.ociManifest,
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  index: types.ociIndex,
};
const docker: Format = {
  manifest: types.dockerManifest,
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  index: types.dockerList,
};

export const namespace = 'tripleomaster';
export const namePattern = 'openstack-{name}';

/** Returns the repository of a container. */
export function repositoryOf(name: string): string {
  return `${namespace}/${namePattern.replace('{name}', name)}`;
}

const base = gzipSync(Buffer.alloc(300_000, 'a base that every image has; '));
const layerOf = (name: string): Buffer => gzipSync(`the files of ${name}`);

/** Puts images of every form under a tag, with no client of ours, and returns them. */
export async function seedImages(registry: RegistryUnderTest, tag: string): Promise<readonly SourceImage[]> {
  const put = async (name: string, reference: string, type: string, text: string): Promise<SourceImage> => {
    const said = await putManifest(registry, repositoryOf(name), reference, { type, text });
    if (said.status !== 201) throw new Error(`PUT ${name}: ${said.status} ${said.body.toString()}`);
    return { name, text, digest: digestOf(text) };
  };
  const image = async (name: string, format: Format, layers: readonly Buffer[], architecture = 'amd64') => {
    const repository = repositoryOf(name);
    const blobs = [];
    for (const layer of layers)
      blobs.push({ mediaType: format.layer, ...(await putBlob(registry, repository, layer)) });
    const diffs = blobs.map(({ digest }) => digest);
    const facts = {
      architecture,
      os: 'linux',
      config: { Labels: { name } },
      rootfs: { type: 'layers', diff_ids: diffs },
    };
    const config = { mediaType: format.config, ...(await putBlob(registry, repository, JSON.stringify(facts))) };
    // Indented as no library writes it: who serialises anew changes the digest.
    return JSON.stringify({ schemaVersion: 2, mediaType: format.manifest, config, layers: blobs }, null, 5);
  };
  const index = async (name: string, format: Format): Promise<SourceImage> => {
    const manifests = [];
    for (const architecture of ['amd64', 'ppc64le']) {
      const text = await image(name, format, [base, layerOf(`${name} for ${architecture}`)], architecture);
      const { digest } = await put(name, digestOf(text), format.manifest, text);
      const platform = { architecture, os: 'linux' };
      manifests.push({ mediaType: format.manifest, size: text.length, digest, platform });
    }
    return put(
      name,
      tag,
      format.index,
      JSON.stringify({ schemaVersion: 2, mediaType: format.index, manifests }, null, 1),
    );
  };
  const single = async (name: string, format: Format, layers: readonly Buffer[]): Promise<SourceImage> =>
    put(name, tag, format.manifest, await image(name, format, layers));
  return [
    await single('heat-api', oci, [base, layerOf('heat-api')]),
    await single('nova-compute', docker, [base, layerOf('nova-compute')]),
    await single('glance-api', docker, [base, layerOf('nova-compute'), layerOf('glance-api')]),
    await index('keystone', oci),
    await index('neutron-server', docker),
    // A layer of no bytes, and one that is there twice.
    await single('memcached', oci, [Buffer.alloc(0), base, base, Buffer.from('x')]),
  ];
}
