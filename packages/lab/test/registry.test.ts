import { createHash } from 'node:crypto';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type LabRegistry, type LabRegistryOptions, startLabRegistry } from '../src/registry.ts';

const oci = 'application/vnd.oci.image.manifest.v1+json';
const accept = { accept: [oci, 'application/vnd.oci.image.index.v1+json'].join(', ') };
const none = `sha256:${'0'.repeat(64)}`;

async function start(t: ExecutionContext, options: LabRegistryOptions = {}): Promise<LabRegistry> {
  const registry = await startLabRegistry(options);
  t.teardown(() => registry.close());
  return registry;
}

const digestOf = (bytes: string | Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function codes(response: Response): Promise<readonly string[]> {
  const { errors } = (await response.json()) as { errors: { code: string }[] };
  return errors.map((error) => error.code);
}

async function upload(registry: LabRegistry, repository: string, bytes: string): Promise<Response> {
  const opened = await fetch(`${registry.url}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
  const location = opened.headers.get('location') ?? '';
  return fetch(`${location}&digest=${digestOf(bytes)}`, { method: 'PUT', body: bytes });
}

test('a POST with a digest and a body only opens a session', async (t) => {
  const registry = await start(t);
  const url = `${registry.url}/v2/a/blobs/uploads/?digest=${digestOf('x')}`;
  const response = await fetch(url, { method: 'POST', body: 'x' });
  t.is(response.status, 202);
  t.false(registry.hasBlob('a', digestOf('x') as never));
  t.true((response.headers.get('location') ?? '').startsWith(`${registry.url}/v2/a/blobs/uploads/`));
  t.regex(response.headers.get('location') ?? '', /\?_state=/);
});

test('an upload is finished by PUT, and a wrong digest is refused', async (t) => {
  const registry = await start(t);
  t.is((await upload(registry, 'a', 'layer')).status, 201);
  const read = await fetch(`${registry.url}/v2/a/blobs/${digestOf('layer')}`);
  t.is(await read.text(), 'layer');
  const opened = await fetch(`${registry.url}/v2/a/blobs/uploads/`, { method: 'POST' });
  const wrong = await fetch(`${opened.headers.get('location')}&digest=${none}`, { method: 'PUT', body: 'layer' });
  t.is(wrong.status, 400);
  t.deepEqual(await codes(wrong), ['DIGEST_INVALID']);
});

test('a mount links at once from the right repository, and opens a session otherwise', async (t) => {
  const registry = await start(t);
  const digest = await registry.putBlob('from', Buffer.from('shared'));
  const mount = (query: string) => fetch(`${registry.url}/v2/to/blobs/uploads/?${query}`, { method: 'POST' });
  t.is((await fetch(`${registry.url}/v2/to/blobs/${digest}`, { method: 'HEAD' })).status, 404);
  t.is((await mount(`mount=${digest}&from=elsewhere`)).status, 202);
  t.is((await mount(`mount=${digest}`)).status, 202);
  t.is((await mount(`mount=nonsense&from=from`)).status, 202);
  t.false(registry.hasBlob('to', digest));
  t.is((await mount(`mount=${digest}&from=from`)).status, 201);
  t.true(registry.hasBlob('to', digest));
});

test('chunks are appended; 3.1 refuses a wrong start and 2.8 takes it', async (t) => {
  for (const [engine, expected] of [
    ['v3', 416],
    ['v2', 202],
  ] as const) {
    const registry = await start(t, { engine });
    const opened = await fetch(`${registry.url}/v2/a/blobs/uploads/`, { method: 'POST' });
    const patch = (location: string | null, range: string, body: string) =>
      fetch(location ?? '', { method: 'PATCH', body, headers: { 'content-range': range } });
    const first = await patch(opened.headers.get('location'), '0-2', 'abc');
    t.is(first.headers.get('range'), '0-2');
    const wrong = await patch(first.headers.get('location'), '7-9', 'def');
    t.is(wrong.status, expected);
    t.is(wrong.headers.get('range'), engine === 'v3' ? null : '0-5');
    if (engine === 'v3') t.deepEqual(await codes(wrong), ['RANGE_INVALID']);
    const session = await fetch(first.headers.get('location') ?? '');
    t.is(session.status, 204);
    t.is(session.headers.get('range'), engine === 'v3' ? '0-2' : '0-5');
  }
});

test('a manifest whose blobs are not linked here is refused, one entry a blob', async (t) => {
  const registry = await start(t);
  const digest = await registry.putImage('a', ['one'], { layers: [Buffer.from('l1'), Buffer.from('l2')] });
  const body = registry.manifest('a', digest)?.body ?? Buffer.alloc(0);
  const put = (repository: string, tag: string, type = oci) =>
    fetch(`${registry.url}/v2/${repository}/manifests/${tag}`, {
      method: 'PUT',
      body: new Uint8Array(body),
      headers: { 'content-type': type },
    });
  const foreign = await put('b', 'one');
  t.is(foreign.status, 400);
  t.deepEqual(await codes(foreign), ['MANIFEST_BLOB_UNKNOWN', 'MANIFEST_BLOB_UNKNOWN', 'MANIFEST_BLOB_UNKNOWN']);
  const retag = await put('a', 'two');
  t.is(retag.status, 201);
  t.is(retag.headers.get('docker-content-digest'), digest);
  t.deepEqual(registry.tags('a'), ['one', 'two']);
  const wrongType = await put('a', 'three', 'application/vnd.docker.distribution.manifest.v2+json');
  t.deepEqual(await codes(wrongType), ['MANIFEST_INVALID']);
  t.deepEqual(await codes(await put('a', none)), ['DIGEST_INVALID']);
});

test('an index with an absent child is refused', async (t) => {
  const registry = await start(t);
  const type = 'application/vnd.oci.image.index.v1+json';
  const absent = await fetch(`${registry.url}/v2/a/manifests/x`, {
    method: 'PUT',
    body: JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType: oci, size: 1, digest: none }] }),
    headers: { 'content-type': type },
  });
  t.is(absent.status, 400);
  t.deepEqual(await codes(absent), ['MANIFEST_BLOB_UNKNOWN']);
});

test('a manifest is found only by those who accept its type', async (t) => {
  const registry = await start(t);
  const digest = await registry.putImage('a', ['tag'], { layers: [Buffer.from('l')] });
  const url = `${registry.url}/v2/a/manifests/tag`;
  t.is((await fetch(url, { headers: { accept: 'application/vnd.oci.image.index.v1+json' } })).status, 404);
  const head = await fetch(url, { method: 'HEAD', headers: accept });
  t.is(head.headers.get('docker-content-digest'), digest);
  t.is(Number(head.headers.get('content-length')), registry.manifest('a', 'tag')?.body.length ?? -1);
  t.is((await fetch(url, { headers: { ...accept, 'if-none-match': `"${digest}"` } })).status, 304);
});

test('one range of a blob', async (t) => {
  const registry = await start(t);
  const digest = await registry.putBlob('a', Buffer.from('0123456789'));
  const url = `${registry.url}/v2/a/blobs/${digest}`;
  const part = await fetch(url, { headers: { range: 'bytes=4-6' } });
  t.is(part.status, 206);
  t.is(part.headers.get('content-range'), 'bytes 4-6/10');
  t.is(await part.text(), '456');
  t.is(await (await fetch(url, { headers: { range: 'bytes=8-' } })).text(), '89');
  t.is((await fetch(url, { headers: { range: 'bytes=10-' } })).status, 416);
});

test('DELETE by tag is refused by 2.8; by digest it takes every tag along', async (t) => {
  const registry = await start(t);
  const digest = await registry.putImage('a', ['one', 'two'], { layers: [Buffer.from('l')] });
  const byTag = await fetch(`${registry.url}/v2/a/manifests/one`, { method: 'DELETE' });
  t.is(byTag.status, 400);
  t.deepEqual(await codes(byTag), ['DIGEST_INVALID']);
  t.is((await fetch(`${registry.url}/v2/a/manifests/${digest}`, { method: 'DELETE' })).status, 202);
  t.deepEqual(registry.tags('a'), []);
});

test('tags are listed whole by 2.8 and in pages by 3.1', async (t) => {
  for (const [engine, expected] of [
    ['v2', ['a', 'b']],
    ['v3', ['a']],
  ] as const) {
    const registry = await start(t, { engine });
    await registry.putImage('x/y', ['b', 'a'], { layers: [] });
    const response = await fetch(`${registry.url}/v2/x/y/tags/list?n=1`);
    t.deepEqual(await response.json(), { name: 'x/y', tags: expected });
    t.is(response.headers.has('link'), engine === 'v3');
    const after = await fetch(`${registry.url}/v2/x/y/tags/list?last=a`);
    t.deepEqual(await after.json(), { name: 'x/y', tags: engine === 'v3' ? ['b'] : ['a', 'b'] });
    t.false(after.headers.has('link'));
    const whole = await fetch(`${registry.url}/v2/x/y/tags/list`);
    t.deepEqual([await whole.json(), whole.headers.has('link')], [{ name: 'x/y', tags: ['a', 'b'] }, false]);
  }
  const registry = await start(t);
  t.deepEqual(await codes(await fetch(`${registry.url}/v2/nothing/tags/list`)), ['NAME_UNKNOWN']);
});

test('basic auth names its realm', async (t) => {
  const registry = await start(t, { auth: { username: 'lab', password: 'right' } });
  const refused = await fetch(`${registry.url}/v2/`);
  t.is(refused.status, 401);
  t.is(refused.headers.get('www-authenticate'), 'Basic realm="lab"');
  const authorization = `Basic ${btoa('lab:right')}`;
  t.is((await fetch(`${registry.url}/v2/`, { headers: { authorization } })).status, 200);
});

test('bearer auth: a token is for its scope, and for its time', async (t) => {
  let now = 0;
  const auth = { username: 'lab', password: 'right', scheme: 'bearer', tokenSeconds: 60 } as const;
  const registry = await start(t, { auth, now: () => now });
  await registry.putImage('a', ['tag'], { layers: [] });
  const url = `${registry.url}/v2/a/manifests/tag`;
  const refused = await fetch(url);
  t.is(
    refused.headers.get('www-authenticate'),
    `Bearer realm="${registry.url}/token",service="lab",scope="repository:a:pull"`,
  );
  const ask = (scope: string) =>
    fetch(`${registry.url}/token?scope=${scope}`, { headers: { authorization: `Basic ${btoa('lab:right')}` } });
  const { token } = (await (await ask('repository:a:pull')).json()) as { token: string };
  const withToken = { ...accept, authorization: `Bearer ${token}` };
  t.is((await fetch(url, { headers: withToken })).status, 200);
  t.is((await fetch(`${registry.url}/v2/b/manifests/tag`, { headers: withToken })).status, 401);
  now = 60_001;
  t.is((await fetch(url, { headers: withToken })).status, 401);
  t.is((await fetch(`${registry.url}/token?scope=repository:a:pull`)).status, 401);
});

test('faults: refused, done and denied, cut, spoilt, tag lost', async (t) => {
  const registry = await start(t);
  const digest = await registry.putImage('a', ['one'], { layers: [Buffer.from('0123456789')] });
  const layer = digestOf('0123456789');
  const blob = `${registry.url}/v2/a/blobs/${layer}`;
  registry.setFaults(() => ({ type: 'status', status: 429, retryAfter: 7 }));
  const limited = await fetch(blob);
  t.is(limited.status, 429);
  t.is(limited.headers.get('retry-after'), '7');
  registry.setFaults(() => ({ type: 'reset' }));
  await t.throwsAsync(fetch(blob));
  registry.setFaults(() => ({ type: 'cut', afterBytes: 4 }));
  await t.throwsAsync(fetch(blob).then((response) => response.text()));
  registry.setFaults(() => ({ type: 'corrupt' }));
  t.not(await (await fetch(blob)).text(), '0123456789');
  const put = (tag: string) =>
    fetch(`${registry.url}/v2/a/manifests/${tag}`, {
      method: 'PUT',
      body: new Uint8Array(registry.manifest('a', digest)?.body ?? []),
      headers: { 'content-type': oci },
    });
  registry.setFaults(() => ({ type: 'lost-tag' }));
  t.is((await put('lost')).status, 201);
  t.deepEqual(registry.tags('a'), ['one']);
  registry.setFaults(() => ({ type: 'status-after', status: 500 }));
  t.is((await put('done')).status, 500);
  t.deepEqual(registry.tags('a'), ['done', 'one']);
  registry.setFaults(() => ({ type: 'reset-after' }));
  await t.throwsAsync(put('also-done'));
  t.deepEqual(registry.tags('a'), ['also-done', 'done', 'one']);
});

test('requests and bytes are counted', async (t) => {
  const registry = await start(t);
  await upload(registry, 'a', '12345');
  await (await fetch(`${registry.url}/v2/a/blobs/${digestOf('12345')}`)).text();
  const { total, counts, bytesIn, bytesOut } = registry.requests();
  t.is(total, 3);
  t.deepEqual(counts, { 'POST upload': 1, 'PUT upload': 1, 'GET blob': 1 });
  t.is(bytesIn, 5);
  t.is(bytesOut, 5);
  registry.resetRequests();
  t.is(registry.requests().total, 0);
});

test('layers can lie in a folder', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'lab-registry-'));
  const registry = await start(t, { root });
  t.is((await upload(registry, 'a', 'on disk')).status, 201);
  t.is((await upload(registry, 'b', 'on disk')).status, 201);
  t.deepEqual(await readdir(root), [digestOf('on disk').replace(':', '-')]);
  const part = await fetch(`${registry.url}/v2/b/blobs/${digestOf('on disk')}`, { headers: { range: 'bytes=3-' } });
  t.is(await part.text(), 'disk');
});
