import test, { type ExecutionContext } from 'ava';
import { type LabRegistry, type LabRegistryOptions, startLabRegistry } from '../src/registry.ts';

const oci = 'application/vnd.oci.image.manifest.v1+json';
const ociIndex = 'application/vnd.oci.image.index.v1+json';
const docker = 'application/vnd.docker.distribution.manifest.v2+json';
const absent = `sha256:${'3'.repeat(64)}`;
const unknown = '400 MANIFEST_BLOB_UNKNOWN';
const wrongUrl = '500 UNKNOWN UNKNOWN MANIFEST_BLOB_UNKNOWN';

async function start(t: ExecutionContext, options: LabRegistryOptions): Promise<LabRegistry> {
  const registry = await startLabRegistry(options);
  t.teardown(() => registry.close());
  return registry;
}

/** Returns the status and the codes of the errors. */
async function put({ url }: LabRegistry, type: string, body: unknown, reference = 'tag'): Promise<string> {
  const response = await fetch(`${url}/v2/a/manifests/${reference}`, {
    ...{ method: 'PUT', headers: { 'content-type': type } },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const { errors = [] } = (text.startsWith('{') ? JSON.parse(text) : {}) as { errors?: { code: string }[] };
  return [response.status, ...errors.map(({ code }) => code)].join(' ');
}

const foreign = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
const nondistributable = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';
const plain = 'application/vnd.oci.image.layer.v1.tar+gzip';
const zstd = 'application/vnd.oci.image.layer.v1.tar+zstd';
const urls = ['https://layers.example/one'];

type Said = string | { readonly v2: string; readonly v3: string };
const onlyV2: Said = { v2: '201', v3: unknown };

// What distribution 2.8.2 and 3.1.2 answered, without and with `validation.manifests.urls`.
const layers: readonly {
  readonly type: string;
  readonly layer: string;
  readonly has?: 'urls';
  readonly isThere?: true;
  readonly atFirst: Said;
  readonly allowed: Said;
}[] = [
  { type: docker, layer: foreign, has: 'urls', atFirst: wrongUrl, allowed: '201' },
  { type: docker, layer: foreign, has: 'urls', isThere: true, atFirst: wrongUrl, allowed: '201' },
  { type: docker, layer: foreign, atFirst: wrongUrl, allowed: wrongUrl },
  { type: docker, layer: foreign, isThere: true, atFirst: wrongUrl, allowed: wrongUrl },
  { type: docker, layer: plain, has: 'urls', atFirst: onlyV2, allowed: onlyV2 },
  { type: oci, layer: nondistributable, has: 'urls', atFirst: wrongUrl, allowed: '201' },
  { type: oci, layer: nondistributable, has: 'urls', isThere: true, atFirst: wrongUrl, allowed: '201' },
  { type: oci, layer: nondistributable, atFirst: unknown, allowed: unknown },
  { type: oci, layer: nondistributable, isThere: true, atFirst: '201', allowed: '201' },
  { type: oci, layer: plain, has: 'urls', atFirst: wrongUrl, allowed: onlyV2 },
  { type: oci, layer: plain, has: 'urls', isThere: true, atFirst: wrongUrl, allowed: '201' },
  { type: oci, layer: zstd, has: 'urls', atFirst: onlyV2, allowed: onlyV2 },
  { type: oci, layer: foreign, has: 'urls', atFirst: onlyV2, allowed: onlyV2 },
  { type: oci, layer: foreign, atFirst: unknown, allowed: unknown },
];

for (const engine of ['v2', 'v3'] as const) {
  const of = (said: Said): string => (typeof said === 'string' ? said : said[engine]);

  for (const layerUrls of [false, true]) {
    test(`${engine}: layers with URLs, which ${layerUrls ? 'may' : 'may not'} be`, async (t) => {
      const registry = await start(t, { engine, ...(layerUrls ? { layerUrls } : {}) });
      const config = { size: 2, digest: await registry.putBlob('a', Buffer.from('{}')), mediaType: 'x/config' };
      for (const { type, layer: mediaType, has, isThere, atFirst, allowed } of layers) {
        const where = { size: 2, digest: isThere === true ? config.digest : absent };
        const layer = { mediaType, ...where, ...(has === undefined ? {} : { urls }) };
        const said = await put(registry, type, { schemaVersion: 2, mediaType: type, config, layers: [layer] });
        t.is(said, of(layerUrls ? allowed : atFirst), JSON.stringify({ type, layer }));
      }
    });
  }

  test(`${engine}: the first error has the status`, async (t) => {
    const registry = await start(t, { engine });
    const gone = { mediaType: plain, size: 9, digest: absent };
    const body = { schemaVersion: 2, mediaType: oci, config: gone, layers: [{ ...gone, urls }] };
    t.is(await put(registry, oci, body), '400 MANIFEST_BLOB_UNKNOWN UNKNOWN UNKNOWN MANIFEST_BLOB_UNKNOWN');
    t.false(registry.repositories().includes('a'));
  });

  for (const [type, body, said] of [
    [oci, 'no JSON', '400 MANIFEST_INVALID'],
    [oci, [], '400 MANIFEST_INVALID'],
    [oci, {}, '500 UNKNOWN'],
    [oci, 'null', '500 UNKNOWN'],
    [oci, { schemaVersion: 1 }, '500 UNKNOWN'],
    [oci, { schemaVersion: '2' }, '400 MANIFEST_INVALID'],
    [oci, { schemaVersion: 2 }, '400 DIGEST_INVALID MANIFEST_BLOB_UNKNOWN'],
    [oci, { schemaVersion: 2, config: { digest: 'sha256:zz' } }, wrongUrl],
    [oci, { schemaVersion: 2, manifests: [] }, '400 MANIFEST_INVALID'],
    [oci, { schemaVersion: 2, mediaType: docker }, '400 MANIFEST_INVALID'],
    [ociIndex, {}, '500 UNKNOWN'],
    [ociIndex, { schemaVersion: 2, layers: [] }, '400 MANIFEST_INVALID'],
    [ociIndex, { schemaVersion: 2 }, '201'],
    [ociIndex, { schemaVersion: 2, manifests: [{ mediaType: oci, size: 9, digest: absent, urls }] }, unknown],
    [docker, {}, '400 MANIFEST_INVALID'],
    [docker, { mediaType: docker, schemaVersion: 1 }, '500 UNKNOWN'],
    [docker, { mediaType: docker, schemaVersion: 2, layers: 'x' }, '400 MANIFEST_INVALID'],
    ['application/vnd.docker.distribution.manifest.v1+prettyjws', { schemaVersion: 1 }, '400 MANIFEST_INVALID'],
    ['application/json', {}, '400 MANIFEST_INVALID'],
  ] as const) {
    test(`${engine}: ${JSON.stringify(body)} as ${type}`, async (t) => {
      t.is(await put(await start(t, { engine }), type, body), said);
    });
  }

  test(`${engine}: a malformed name is a page that is not found, before anybody asks who it is`, async (t) => {
    const registry = await start(t, { engine, auth: { username: 'lab', password: 'right' } });
    for (const path of [
      ...['/v2/a/Upper/tags/list', '/v2/a/-b/tags/list', '/v2/a/manifests/.a', `/v2/a/manifests/${'a'.repeat(129)}`],
      ...['/v2/a/blobs/nonsense', '/v2/a/nothing', '/nothing', `/v2/a/referrers/${absent}`],
    ]) {
      const response = await fetch(`${registry.url}${path}`);
      t.is(response.status, 404, path);
      t.is(await response.text(), '404 page not found\n');
    }
    t.is((await fetch(`${registry.url}/v2/a/manifests/a`)).status, 401);
  });

  test(`${engine}: a manifest is deleted by no digest that is none`, async (t) => {
    const registry = await start(t, { engine });
    const response = await fetch(`${registry.url}/v2/a/manifests/sha256:zz`, { method: 'DELETE' });
    t.is(response.status, 400);
    t.regex(await response.text(), /DIGEST_INVALID/);
  });
}
