import { ask, brief, digestOf, imageIn, putManifest, type Question, type RegistryUnderTest, types } from './asking.ts';

const absent = `sha256:${'1'.repeat(64)}`;
const small = { size: 9, digest: absent };
const invalid = '400 MANIFEST_INVALID';
const octets = { mediaType: 'application/octet-stream', ...small };

function indexOf(children: readonly { readonly text: string; readonly digest: string }[], type: string): string {
  const manifests = children.map(({ text, digest }) => ({
    ...{ mediaType: types.ociManifest, size: text.length, digest },
    platform: { architecture: 'amd64', os: 'linux' },
  }));
  return JSON.stringify({ schemaVersion: 2, mediaType: type, manifests });
}

async function get(registry: RegistryUnderTest, path: string, headers: Readonly<Record<string, string>>) {
  return brief(await ask(registry, 'GET', path, { headers }));
}

/** What registries say when manifests are put and read. */
export const questionsOfManifests: readonly Question[] = [
  {
    title: 'a manifest is put under a tag, and its bytes are kept',
    ask: async (registry) => {
      const image = await imageIn(registry, 'manifests/kept');
      const spaced = `${image.text.replaceAll(',', ',  ')}\n`;
      const put = await putManifest(registry, 'manifests/kept', 'here', { type: image.type, text: spaced });
      const path = '/v2/manifests/kept/manifests/here';
      const accept = { accept: types.ociManifest };
      const got = await ask(registry, 'GET', path, { headers: accept });
      const head = await ask(registry, 'HEAD', path, { headers: accept });
      const etag = head.headers.get('etag') ?? '';
      const digest = digestOf(spaced);
      return {
        put: [brief(put), put.headers.get('docker-content-digest') === digest],
        at: new URL(put.headers.get('location') ?? '').pathname.replace(digest, 'DIGEST'),
        got: [got.status, got.body.toString() === spaced, got.headers.get('content-type')],
        head: [head.status, etag === `"${digest}"`, head.headers.get('docker-content-digest') === digest],
        length: head.headers.get('content-length') === `${spaced.length}`,
        unchanged: await get(registry, path, { ...accept, 'if-none-match': etag }),
        changed: await get(registry, path, { ...accept, 'if-none-match': '"sha256:other"' }),
      };
    },
    answer: {
      ...{ put: ['201', true], at: '/v2/manifests/kept/manifests/DIGEST', got: [200, true, types.ociManifest] },
      ...{ head: [200, true, true], length: true, unchanged: '304', changed: '200' },
    },
  },
  {
    title: 'a manifest whose blobs are not in its repository is refused, one error a blob',
    ask: async (registry) => {
      const { type, text } = await imageIn(registry, 'manifests/whole');
      return brief(await putManifest(registry, 'manifests/partial', 'here', { type, text }));
    },
    answer: '400 MANIFEST_BLOB_UNKNOWN MANIFEST_BLOB_UNKNOWN',
  },
  ...[types.ociIndex, types.dockerList].map((type): Question => ({
    title: `a child comes before its index: ${type}`,
    ask: async (registry) => {
      const repository = type === types.ociIndex ? 'index/oci' : 'index/docker';
      const child = await imageIn(registry, repository);
      const index = { type, text: indexOf([child], type) };
      const early = await putManifest(registry, repository, 'here', index);
      const byDigest = await putManifest(registry, repository, child.digest, child);
      return [early, byDigest, await putManifest(registry, repository, 'here', index)].map(brief);
    },
    answer: ['400 MANIFEST_BLOB_UNKNOWN', '201', '201'],
  })),
  {
    title: 'the same bytes under another tag are the same manifest',
    ask: async (registry) => {
      const image = await imageIn(registry, 'manifests/retagged');
      const digests = [];
      for (const tag of ['one', 'two', 'two']) {
        const put = await putManifest(registry, 'manifests/retagged', tag, image);
        digests.push([brief(put), put.headers.get('docker-content-digest') === image.digest]);
      }
      return digests;
    },
    answer: [
      ['201', true],
      ['201', true],
      ['201', true],
    ],
  },
  {
    title: 'a manifest is not put under the digest of another',
    ask: async (registry) => {
      const image = await imageIn(registry, 'manifests/digest');
      return brief(await putManifest(registry, 'manifests/digest', absent, image));
    },
    answer: '400 DIGEST_INVALID',
  },
  {
    title: 'the Content-Type is the mediaType in the manifest, or the manifest is refused',
    ask: async (registry) => {
      const { text } = await imageIn(registry, 'manifests/type');
      const put = async (type: string): Promise<string> =>
        brief(await putManifest(registry, 'manifests/type', 'here', { type, text }));
      return [await put(types.dockerManifest), await put(types.ociIndex), await put('application/json')];
    },
    answer: ['400 MANIFEST_INVALID', '400 MANIFEST_INVALID', '400 MANIFEST_INVALID'],
  },
  {
    title: 'a manifest without mediaType is taken for what Content-Type says',
    ask: async (registry) => {
      const { text, type } = await imageIn(registry, 'manifests/untyped', { fields: { mediaType: undefined } });
      const put = await putManifest(registry, 'manifests/untyped', 'here', { type, text });
      const accept = { accept: types.ociManifest };
      const got = await ask(registry, 'GET', '/v2/manifests/untyped/manifests/here', { headers: accept });
      return [brief(put), got.headers.get('content-type')];
    },
    answer: ['201', types.ociManifest],
  },
  {
    title: 'an Accept that lacks the type',
    ask: async (registry) => {
      const image = await imageIn(registry, 'manifests/accept');
      await putManifest(registry, 'manifests/accept', 'here', image);
      const path = '/v2/manifests/accept/manifests/here';
      const others = `${types.ociIndex}, ${types.dockerManifest}, ${types.dockerList}`;
      const byDigest = `/v2/manifests/accept/manifests/${image.digest}`;
      return {
        others: await get(registry, path, { accept: others }),
        byDigest: await get(registry, byDigest, { accept: others }),
        anything: await get(registry, path, { accept: '*/*' }),
        all: await get(registry, path, { accept: `${others}, ${types.ociManifest}` }),
        weighed: await get(registry, path, { accept: `${types.ociIndex};q=0.9,${types.ociManifest};q=0.1` }),
      };
    },
    answer: {
      ...{ others: '404 MANIFEST_UNKNOWN', byDigest: '404 MANIFEST_UNKNOWN', anything: '404 MANIFEST_UNKNOWN' },
      ...{ all: '200', weighed: '200' },
    },
  },
  {
    title: 'an If-Match is not looked at',
    ask: async (registry) => {
      const image = await imageIn(registry, 'manifests/match');
      await putManifest(registry, 'manifests/match', 'here', image);
      const other = await imageIn(registry, 'manifests/match', { salt: 'another' });
      const headers = { 'if-match': `"${absent}"` };
      const put = await putManifest(registry, 'manifests/match', 'here', { ...other, headers });
      return [brief(put), put.headers.get('docker-content-digest') === other.digest];
    },
    answer: ['201', true],
  },
  {
    title: 'a layer of zstd is a layer',
    ask: async (registry) => {
      const layerType = 'application/vnd.oci.image.layer.v1.tar+zstd';
      const image = await imageIn(registry, 'manifests/zstd', { layerType });
      return brief(await putManifest(registry, 'manifests/zstd', 'here', image));
    },
    answer: '201',
  },
  {
    title: 'schema 1 is refused',
    ask: async (registry) => {
      const body = { schemaVersion: 1, name: 'manifests/old', tag: 'here', fsLayers: [], history: [], signatures: [] };
      const put = async (type: string): Promise<string> =>
        brief(await putManifest(registry, 'manifests/old', 'here', { type, text: JSON.stringify(body) }));
      const base = 'application/vnd.docker.distribution.manifest.v1';
      return [await put(`${base}+json`), await put(`${base}+prettyjws`)];
    },
    answer: ['400 MANIFEST_INVALID', '400 MANIFEST_INVALID'],
  },
  {
    title: 'what is no manifest is refused',
    ask: async (registry) => {
      const put = async (type: string, body: unknown): Promise<string> => {
        const text = typeof body === 'string' ? body : JSON.stringify(body);
        return brief(await putManifest(registry, 'manifests/none', 'here', { type, text }));
      };
      const bodies = ['no JSON', [], {}, { schemaVersion: 1 }, { schemaVersion: '2' }, { schemaVersion: 2 }];
      const { ociManifest, ociIndex, dockerManifest } = types;
      return {
        image: await Promise.all(bodies.map((body) => put(ociManifest, body))),
        index: await Promise.all(bodies.map((body) => put(ociIndex, body))),
        docker: await Promise.all(bodies.map((body) => put(dockerManifest, body))),
        dockerOfOne: await put(dockerManifest, { schemaVersion: 1, mediaType: dockerManifest }),
        imageForIndex: await put(ociIndex, { schemaVersion: 2, layers: [] }),
        indexForImage: await put(ociManifest, { schemaVersion: 2, manifests: [] }),
        noDigest: await put(ociManifest, { schemaVersion: 2, config: { digest: 'sha256:zz' } }),
      };
    },
    answer: {
      image: [...[invalid, invalid, '500 UNKNOWN', '500 UNKNOWN', invalid], '400 DIGEST_INVALID MANIFEST_BLOB_UNKNOWN'],
      index: [invalid, invalid, '500 UNKNOWN', '500 UNKNOWN', invalid, '201'],
      docker: [invalid, invalid, invalid, invalid, invalid, invalid],
      ...{ dockerOfOne: '500 UNKNOWN', imageForIndex: invalid, indexForImage: invalid },
      noDigest: '500 UNKNOWN UNKNOWN MANIFEST_BLOB_UNKNOWN',
    },
  },
  {
    title: 'a manifest may have a subject, and referrers are not listed',
    ask: async (registry) => {
      const subject = { mediaType: types.ociManifest, ...small };
      const image = await imageIn(registry, 'manifests/subject', { fields: { subject } });
      const put = await putManifest(registry, 'manifests/subject', 'here', image);
      const referrers = await ask(registry, 'GET', `/v2/manifests/subject/referrers/${absent}`);
      return [brief(put), put.headers.get('oci-subject'), referrers.status];
    },
    answer: ['201', null, 404],
  },
  {
    title: 'an artifact has a config and layers of any type',
    ask: async (registry) => {
      const layerType = 'application/vnd.example.thing+json';
      const image = await imageIn(registry, 'manifests/artifact', { layerType, fields: { artifactType: layerType } });
      const put = await putManifest(registry, 'manifests/artifact', 'here', image);
      const fields = { layers: [octets] };
      const lacking = await imageIn(registry, 'manifests/artifact', { fields });
      return [brief(put), brief(await putManifest(registry, 'manifests/artifact', 'there', lacking))];
    },
    answer: ['201', '400 MANIFEST_BLOB_UNKNOWN'],
  },
];
