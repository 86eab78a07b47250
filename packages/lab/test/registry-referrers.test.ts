import test, { type ExecutionContext } from 'ava';
import { type LabRegistry, type LabRegistryOptions, startLabRegistry } from '../src/registry.ts';

const oci = 'application/vnd.oci.image.manifest.v1+json';
const index = 'application/vnd.oci.image.index.v1+json';
const subject = `sha256:${'a'.repeat(64)}`;

async function start(t: ExecutionContext, options: LabRegistryOptions = {}): Promise<LabRegistry> {
  const registry = await startLabRegistry(options);
  t.teardown(() => registry.close());
  return registry;
}

async function attach(registry: LabRegistry, artifactType: string | undefined, note: string): Promise<Response> {
  const blob = await registry.putBlob('a', Buffer.from(note));
  const config = { mediaType: 'application/vnd.example.config', digest: blob, size: note.length };
  const body = JSON.stringify({
    ...{ schemaVersion: 2, mediaType: oci, config, layers: [], annotations: { note } },
    ...(artifactType === undefined ? {} : { artifactType }),
    subject: { mediaType: oci, digest: subject, size: 1 },
  });
  const url = `${registry.url}/v2/a/manifests/${note}`;
  return fetch(url, { method: 'PUT', body, headers: { 'content-type': oci } });
}

test('distribution has no referrers, and takes no note of a subject', async (t) => {
  const registry = await start(t);
  const put = await attach(registry, 'x/sbom', 'one');
  t.is(put.status, 201);
  t.false(put.headers.has('oci-subject'));
  const asked = await fetch(`${registry.url}/v2/a/referrers/${subject}`);
  t.is(asked.status, 404);
  t.is(await asked.text(), '404 page not found\n');
  t.deepEqual(registry.requests().counts, { 'PUT manifest': 1, 'GET referrers': 1 });
});

test('referrers are listed with type and annotations, and filtered', async (t) => {
  const registry = await start(t, { referrers: true });
  t.is((await attach(registry, 'x/sbom', 'one')).headers.get('oci-subject'), subject);
  await attach(registry, undefined, 'two');
  const list = async (query: string) => {
    const response = await fetch(`${registry.url}/v2/a/referrers/${subject}${query}`);
    t.is(response.headers.get('content-type'), index);
    const { manifests } = (await response.json()) as { manifests: Record<string, unknown>[] };
    const said = manifests.map((item) => [item['mediaType'], item['artifactType'], item['annotations']]);
    return { said, filters: response.headers.get('oci-filters-applied') };
  };
  const all = await list('');
  t.is(all.filters, null);
  t.deepEqual(
    new Set(all.said),
    new Set([
      [oci, 'x/sbom', { note: 'one' }],
      [oci, 'application/vnd.example.config', { note: 'two' }],
    ]),
  );
  t.deepEqual(await list('?artifactType=x/sbom'), {
    said: [[oci, 'x/sbom', { note: 'one' }]],
    filters: 'artifactType',
  });
});

test('an unknown digest has no referrers; a malformed one and an unknown repository are refused', async (t) => {
  const registry = await start(t, { referrers: true });
  await attach(registry, 'x/sbom', 'one');
  const ask = (path: string) => fetch(`${registry.url}/v2/${path}`);
  const unknown = await ask(`a/referrers/sha256:${'0'.repeat(64)}`);
  t.is(unknown.status, 200);
  t.deepEqual(await unknown.json(), { schemaVersion: 2, mediaType: index, manifests: [] });
  t.is((await ask('a/referrers/sha256:xyz')).status, 400);
  t.is((await ask(`b/referrers/${subject}`)).status, 404);
});

test('long lists of referrers come in pages', async (t) => {
  const registry = await start(t, { referrers: true, maxPage: 2 });
  for (const note of ['one', 'two', 'three']) await attach(registry, 'x/sbom', note);
  const first = await fetch(`${registry.url}/v2/a/referrers/${subject}`);
  const link = /^<(.+)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
  const second = await fetch(link);
  t.false(second.headers.has('link'));
  const sizes = [first, second].map(async (page) => ((await page.json()) as { manifests: [] }).manifests.length);
  t.deepEqual(await Promise.all(sizes), [2, 1]);
});

test('pages of tags: 3.1 links after each full page, quay.io only when there is more, and refuses more than it gives', async (t) => {
  const cases = [
    { options: { engine: 'v3' }, query: '?n=2', status: 200, tags: ['a', 'b'], link: '</v2/x/tags/list?last=b&n=2>' },
    { options: { engine: 'v3' }, query: '?n=0', status: 200, tags: [], link: null },
    { options: { engine: 'v3' }, query: '?n=x', status: 400, tags: undefined, link: null },
    { options: { maxPage: 2 }, query: '?n=2', status: 200, tags: ['a', 'b'], link: null },
    { options: { maxPage: 1 }, query: '', status: 200, tags: ['a'], link: '</v2/x/tags/list?last=a&n=1>' },
    { options: { maxPage: 1 }, query: '?n=1&last=a', status: 200, tags: ['b'], link: null },
    { options: { maxPage: 1 }, query: '?n=2', status: 413, tags: undefined, link: null },
  ] as const;
  for (const { options, query, status, tags, link } of cases) {
    const registry = await start(t, options);
    await registry.putImage('x', ['b', 'a'], { layers: [] });
    const response = await fetch(`${registry.url}/v2/x/tags/list${query}`);
    t.is(response.status, status, query);
    t.deepEqual(((await response.json()) as { tags?: readonly string[] }).tags, tags && [...tags], query);
    const said = response.headers.get('link')?.replace('; rel="next"', '').replace(registry.url, '') ?? null;
    t.is(said, link, query);
  }
});

test('the catalog has pages, and may be closed', async (t) => {
  const registry = await start(t);
  for (const name of ['c', 'a', 'b']) await registry.putImage(name, ['tag'], { layers: [] });
  const page = await fetch(`${registry.url}/v2/_catalog?n=2`);
  t.deepEqual(await page.json(), { repositories: ['a', 'b'] });
  t.is(page.headers.get('link'), '</v2/_catalog?last=b&n=2>; rel="next"');
  t.is((await fetch(`${registry.url}/v2/_catalog?n=1001`)).status, 400);
  const closed = await start(t, { catalog: false });
  const refused = await fetch(`${closed.url}/v2/_catalog`);
  t.is(refused.status, 401);
  t.true(refused.headers.get('www-authenticate')?.endsWith('scope="registry:catalog:*"'));
});
