import { createApi } from '@tagflow/http';
import test, { type ExecutionContext } from 'ava';
import type { CredentialsProvider } from '../../src/auth/credentials.ts';
import { OciError } from '../../src/error.ts';
import { createRegistryClient } from '../../src/registry.ts';
import { createWire } from '../../src/wire.ts';
import { makeWorld } from '../world.ts';
import { type Said, type Seen, startHost } from './hosts.ts';

const password = 'p4ss-word';
const user: CredentialsProvider = async () => ({ username: 'lab', password });
const basic = `Basic ${btoa(`lab:${password}`)}`;
const blob = { mediaType: '', digest: `sha256:${'0'.repeat(64)}` as never, size: 5, isForeign: false, annotations: {} };
const read = { repository: 'ns/a', write: false };

async function* bytes() {
  yield Buffer.from('bytes');
}

const bearer = (realm: string): Said => ({
  status: 401,
  headers: { 'www-authenticate': `Bearer realm="${realm}",service="lab"` },
});
const gives = (token: string): Said => ({ status: 200, body: JSON.stringify({ token, expires_in: 300 }) });

/** A registry that wants to be asked in one of both ways, and answers what it is told once it is. */
async function startFront(t: ExecutionContext, scheme: 'basic' | 'bearer', answer: (seen: Seen) => Said) {
  return startHost(t, (seen, origin) => {
    if (seen.path.startsWith('/token')) return seen.authorization === basic ? gives('tok') : { status: 401 };
    if (scheme === 'bearer') return seen.authorization === 'Bearer tok' ? answer(seen) : bearer(`${origin}/token`);
    if (seen.authorization === basic) return answer(seen);
    return { status: 401, headers: { 'www-authenticate': 'Basic realm="lab"' } };
  });
}

for (const scheme of ['basic', 'bearer'] as const) {
  test(`${scheme}: nothing that proves who asks goes to where a blob is redirected`, async (t) => {
    const world = makeWorld(t);
    const elsewhere = await startHost(t, () => ({ status: 200, body: 'bytes' }));
    const front = await startFront(t, scheme, () => ({
      status: 307,
      headers: { location: `${elsewhere.origin}/blob?X-Amz-Signature=1` },
    }));
    const client = createRegistryClient({ name: 'front', origin: front.origin }, user, world.effects);
    let said = '';
    for await (const chunk of await client.openBlob('ns/a', blob)) said += chunk;
    t.is(said, 'bytes');
    t.deepEqual(
      elsewhere.seen.map(({ method, path, authorization }) => ({ method, path, authorization })),
      [{ method: 'GET', path: '/blob?X-Amz-Signature=1', authorization: undefined }],
    );
    t.truthy(front.seen.at(-1)?.authorization);
  });

  test(`${scheme}: nor to where an upload is, which may not say what it wants either`, async (t) => {
    const world = makeWorld(t);
    const thief = await startHost(t, () => gives('stolen'));
    const elsewhere = await startHost(t, () => bearer(`${thief.origin}/token`));
    const front = await startFront(t, scheme, ({ method }) =>
      method === 'POST'
        ? { status: 202, headers: { location: `${elsewhere.origin}/up?_state=a%2Fb` } }
        : { status: 200 },
    );
    const client = createRegistryClient({ name: 'front', origin: front.origin }, user, world.effects);
    const upload = await client.startUpload('ns/a', blob.digest, 'ns/a');
    if (upload === 'mounted') return t.fail();
    await t.throwsAsync(client.finishUpload(upload, blob, bytes()), { code: 'unauthorized' });
    const wire = createWire({ name: 'front', origin: front.origin }, user, world.effects);
    for (const target of [`${front.origin}/v2/`, `${elsewhere.origin}/up`, `${front.origin}/v2/`]) {
      await wire.send({ method: 'GET', target, access: read });
    }
    t.deepEqual(
      elsewhere.seen.map(({ authorization }) => authorization),
      [undefined, undefined],
    );
    t.deepEqual(thief.seen, []);
  });
}

test('a 401 of the host that a registry redirects to is not believed', async (t) => {
  const world = makeWorld(t);
  const thief = await startHost(t, () => gives('stolen'));
  const elsewhere = await startHost(t, () => bearer(`${thief.origin}/token`));
  const front = await startFront(t, 'bearer', () => ({ status: 307, headers: { location: `${elsewhere.origin}/b` } }));
  const wire = createWire({ name: 'front', origin: front.origin }, user, world.effects);
  t.is((await wire.send({ method: 'GET', target: '/v2/ns/a/blobs/x', access: read })).status, 401);
  t.is((await wire.open({ method: 'GET', target: '/v2/ns/a/blobs/x', access: read })).status, 401);
  t.deepEqual(thief.seen, []);
});

test('a token server on another port of this machine is given the password, not the token of another registry', async (t) => {
  const world = makeWorld(t);
  const auth = { username: 'lab', password, scheme: 'bearer', tokenServer: 'own-port' } as const;
  const registry = await world.registry({ auth });
  await registry.putImage('ns/a', ['tag'], { layers: [] });
  const client = createRegistryClient({ name: 'lab', origin: registry.url }, user, world.effects);
  t.truthy(await client.headManifest('ns/a', 'tag'));
  t.deepEqual(registry.requests().counts, { 'GET ping': 1, 'GET token': 1, 'HEAD manifest': 1 });
});

for (const [what, origin, realm, isAsked] of [
  ['https, of an https registry', 'https://registry.example', 'https://auth.example/token', true],
  ['http, of an https registry', 'https://registry.example', 'http://registry.example/token', false],
  ['https, of an http registry', 'http://registry.example:5000', 'https://auth.example/token', true],
  ['http on the host of an http registry', 'http://registry.example:5000', 'http://registry.example:5001/token', true],
  ['http elsewhere, of an http registry', 'http://registry.example:5000', 'http://auth.example/token', false],
  ['http on loopback, of one there', 'http://localhost:5000', 'http://127.0.0.1:5001/token', true],
  ['http elsewhere, of one on loopback', 'http://127.0.0.1:5000', 'http://auth.example/token', false],
  ['what is no URL', 'https://registry.example', '/token', false],
  ['another scheme', 'https://registry.example', 'ftp://auth.example/token', false],
] as const) {
  test(`a token server by ${what}: the password is ${isAsked ? 'sent' : 'kept'}`, async (t) => {
    const world = makeWorld(t);
    const asked: string[] = [];
    const api = {
      request: async (request: { readonly url: string; readonly auth?: object }) => {
        if (request.auth !== undefined) asked.push(request.url);
        const said = request.url.includes('token') ? gives('tok') : bearer(realm);
        const body = Buffer.from(said.body ?? '');
        return { status: said.status, headers: said.headers ?? {}, body, text: body.toString(), url: request.url };
      },
    };
    const wire = createWire({ name: 'r', origin }, user, { ...world.effects, api });
    const answer = wire.send({ method: 'GET', target: '/v2/', access: read });
    if (isAsked) t.is((await answer).status, 401);
    else await t.throwsAsync(answer, { instanceOf: OciError, code: 'unexpected-answer', message: /not safe to ask/ });
    t.is(asked.length > 0, isAsked);
    t.true(asked.every((url) => url.startsWith(realm)));
  });
}

test('an identity token goes in a form, to the token server only, and is in no URL and no log', async (t) => {
  const world = makeWorld(t);
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const { clock, signal } = world.effects;
  const log = { debug: write, info: write, warning: write };
  const secret = 'refresh-me-0123456789';
  const elsewhere = await startHost(t, () => ({ status: 200, body: '{}' }));
  let redirects = false;
  const front = await startHost(t, ({ method, path, authorization }, origin) => {
    if (path === '/token' && redirects) return { status: 307, headers: { location: `${elsewhere.origin}/token` } };
    if (path === '/token' && method === 'POST') return { status: 200, body: '{"access_token":"tok","expires_in":60}' };
    return authorization === 'Bearer tok' ? { status: 200, body: '{}' } : bearer(`${origin}/token`);
  });
  const identity: CredentialsProvider = async () => ({ identityToken: secret });
  const api = createApi({ clock, log, signal });
  const open = () => createWire({ name: 'r', origin: front.origin }, identity, { ...world.effects, log, api });
  const access = { repository: 'ns/to', write: true, mountFrom: 'ns/from' };
  t.is((await open().send({ method: 'GET', target: '/v2/ns/to/tags/list', access })).status, 200);
  const [asked] = front.seen.filter(({ method }) => method === 'POST');
  t.deepEqual(Object.fromEntries(new URLSearchParams(asked?.body)), {
    grant_type: 'refresh_token',
    service: 'lab',
    scope: 'repository:ns/to:pull,push repository:ns/from:pull',
    client_id: 'tagflow',
    refresh_token: secret,
  });
  t.deepEqual(
    front.seen.map(({ method, path, authorization }) => [method, path, authorization]),
    [
      ['GET', '/v2/', undefined],
      ['POST', '/token', undefined],
      ['GET', '/v2/ns/to/tags/list', 'Bearer tok'],
    ],
  );
  redirects = true;
  const error = await t.throwsAsync(open().send({ method: 'GET', target: '/v2/', access }), { instanceOf: OciError });
  t.deepEqual(elsewhere.seen, []);
  t.true(lines.length > 0);
  t.notRegex(JSON.stringify([lines, error.message, String(error.cause)]), new RegExp(secret));
});
