import { brief, imageIn, putManifest, type Question, type RegistryUnderTest, types } from './asking.ts';

/** What a registry says to a manifest with one layer, that is there or is not. */
async function askWith(registry: RegistryUnderTest, { mediaType, urls, isThere }: LayerAsked): Promise<string> {
  const image = await imageIn(registry, 'layers/urls');
  const type = mediaType.includes('.docker.') ? types.dockerManifest : types.ociManifest;
  const config = { mediaType: 'application/vnd.docker.container.image.v1+json', ...image.config };
  const absent = { size: 9, digest: `sha256:${'3'.repeat(64)}` };
  const layer = { mediaType, urls, ...(isThere ? image.layer : absent) };
  const text = JSON.stringify({ schemaVersion: 2, mediaType: type, config, layers: [layer] });
  return brief(await putManifest(registry, 'layers/urls', 'here', { type, text }));
}

interface LayerAsked {
  readonly mediaType: string;
  readonly urls: readonly string[] | undefined;
  readonly isThere: boolean;
}

const docker = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
const nondistributable = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';
const plain = 'application/vnd.oci.image.layer.v1.tar+gzip';
const zstd = 'application/vnd.oci.image.layer.v1.tar+zstd';
const urls = ['https://layers.example/one'];
const refused = '500 UNKNOWN UNKNOWN MANIFEST_BLOB_UNKNOWN';

/** With `validation.manifests.urls` such that these URLs may be. */
export const questionsOfLayerUrls: readonly Question[] = [
  {
    title: 'a foreign layer of Docker is where its URL says, and never without one',
    ask: async (registry) => [
      await askWith(registry, { mediaType: docker, urls, isThere: false }),
      await askWith(registry, { mediaType: docker, urls, isThere: true }),
      await askWith(registry, { mediaType: docker, urls: undefined, isThere: false }),
    ],
    answer: ['201', '201', refused],
  },
  {
    title: 'an OCI layer that may not be distributed is where its URL says, or there',
    ask: async (registry) => [
      await askWith(registry, { mediaType: nondistributable, urls, isThere: false }),
      await askWith(registry, { mediaType: nondistributable, urls, isThere: true }),
      await askWith(registry, { mediaType: nondistributable, urls: undefined, isThere: false }),
      await askWith(registry, { mediaType: nondistributable, urls: undefined, isThere: true }),
    ],
    answer: ['201', '201', '400 MANIFEST_BLOB_UNKNOWN', '201'],
  },
  {
    title: 'a plain OCI layer with a URL',
    ask: async (registry) => [
      await askWith(registry, { mediaType: plain, urls, isThere: false }),
      await askWith(registry, { mediaType: plain, urls, isThere: true }),
    ],
    answer: ['201', '201'],
    v3: ['400 MANIFEST_BLOB_UNKNOWN', '201'],
  },
  {
    title: 'a layer of a type that is not known by name',
    ask: async (registry) => [
      await askWith(registry, { mediaType: zstd, urls, isThere: false }),
      await askWith(registry, { mediaType: zstd, urls: ['https://elsewhere.example/one'], isThere: true }),
    ],
    answer: ['201', '201'],
    v3: ['400 MANIFEST_BLOB_UNKNOWN', '201'],
  },
];

/** As both releases are configured from the start: no URL may be. */
export const layerUrlsAtFirst: Question = {
  title: 'a layer with a URL is refused where none is allowed, whatever it is called and though it is there',
  ask: async (registry) => {
    const answers = [];
    for (const mediaType of [docker, nondistributable, plain]) {
      answers.push(await askWith(registry, { mediaType, urls, isThere: true }));
    }
    return answers;
  },
  answer: [refused, refused, refused],
};
