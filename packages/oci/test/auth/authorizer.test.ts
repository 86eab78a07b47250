import type { LabRegistry, LabRegistryAuth } from '@tagflow/lab';
import test, { type ExecutionContext } from 'ava';
import { createAuthorizer } from '../../src/auth/authorizer.ts';
import type { CredentialsProvider } from '../../src/auth/credentials.ts';
import type { Access } from '../../src/auth/scope.ts';
import { OciError } from '../../src/error.ts';
import { createRegistryClient } from '../../src/registry.ts';
import { createWire } from '../../src/wire.ts';
import { makeWorld } from '../world.ts';

const lab: CredentialsProvider = async () => ({ username: 'lab', password: 'right' });

async function open(t: ExecutionContext, auth: Partial<LabRegistryAuth> = {}, credentials = lab) {
  const world = makeWorld(t);
  const registry = await world.registry({
    auth: { username: 'lab', password: 'right', scheme: 'bearer', ...auth },
  });
  const address = { name: registry.host, origin: registry.url };
  const wire = createWire(address, credentials, world.effects);
  const ask = (access: Access) => statusOf(wire.send({ ...requestFor(access), access }));
  return { world, registry, wire, ask, client: createRegistryClient(address, credentials, world.effects) };
}

const statusOf = async (answer: Promise<{ readonly status: number }>) => (await answer).status;
const read = (repository: string) => ({ repository, write: false });
const write = (repository: string) => ({ repository, write: true });
const mount = (repository: string, mountFrom: string) => ({ repository, write: true, mountFrom });
const tokens = (registry: LabRegistry) => registry.requests().counts['GET token'] ?? 0;
const digest = `sha256:${'0'.repeat(64)}`;

function requestFor({ repository, write: writes, mountFrom }: Access) {
  if (!writes) return { method: 'GET', target: `/v2/${repository}/tags/list` } as const;
  const query = mountFrom === undefined ? '' : `?mount=${digest}&from=${mountFrom}`;
  return { method: 'POST', target: `/v2/${repository}/blobs/uploads/${query}`, retrySafe: true } as const;
}

test('a token that was asked for more does for less', async (t) => {
  const { registry, ask } = await open(t);
  t.is(await ask(mount('to', 'from')), 202);
  t.is(tokens(registry), 1);
  for (const access of [write('to'), read('to'), read('from'), mount('to', 'from'), mount('to', 'to')])
    await ask(access);
  t.is(tokens(registry), 1);
  t.is(await ask(write('from')), 202);
  t.is(tokens(registry), 2);
  t.is(await ask(mount('to', 'elsewhere')), 202);
  t.is(tokens(registry), 3);
});

test('reading asks for no right to write', async (t) => {
  const { registry, ask } = await open(t, { may: (_repository, action) => action === 'pull' });
  await ask(read('a'));
  t.is(tokens(registry), 1);
  t.is(await ask(write('a')), 401);
});

test('what is wanted at the same time is asked for once', async (t) => {
  const { registry, ask } = await open(t);
  await Promise.all([1, 2, 3, 4].flatMap(() => [ask(write('a')), ask(write('b')), ask(read('a'))]));
  t.is(tokens(registry), 3);
  await Promise.all([1, 2, 3, 4].flatMap(() => [ask(write('a')), ask(write('b')), ask(read('b'))]));
  t.is(tokens(registry), 3);
});

test('150 repositories cost a token each, however much is done in them', async (t) => {
  const { registry, ask } = await open(t);
  const names = Array.from({ length: 150 }, (_, n) => `ns/c${n}`);
  for (const name of names) {
    await ask(mount(name, 'ns/c0'));
    for (let n = 0; n < 3; n++) await ask(write(name));
    await ask(read(name));
  }
  t.is(tokens(registry), 150);
});

test('a token without expires_in is renewed within the minute that it lives', async (t) => {
  const { world, registry, ask } = await open(t, { omitsExpiry: true, tokenSeconds: 60 });
  for (const [advance, expected] of [
    [0, 1],
    [53_000, 1],
    [2_000, 2],
  ] as const) {
    world.effects.clock.advance(advance);
    await ask(read('a'));
    t.is(tokens(registry), expected);
  }
  t.is(registry.requests().counts['GET tags'], 3);
});

test('the life of a token began when it was issued', async (t) => {
  const { world, registry, ask } = await open(t, { issuedSecondsAgo: 100, tokenSeconds: 300 });
  for (const [advance, expected] of [
    [0, 1],
    [169_000, 1],
    [2_000, 2],
  ] as const) {
    world.effects.clock.advance(advance);
    await ask(read('a'));
    t.is(tokens(registry), expected);
  }
  t.is(registry.requests().counts['GET tags'], 3);
});

for (const [what, issuedSecondsAgo] of [
  ['in the future', -500],
  ['longer ago than a token lives', 5000],
] as const) {
  test(`a token that was issued ${what} tells of a wrong clock only`, async (t) => {
    const answer = { token: 'x', expires_in: 300 };
    const { world, registry } = await open(t);
    let asked = 0;
    const wire = createWire({ name: 'lab', origin: registry.url }, lab, {
      ...world.effects,
      api: {
        request: async (request) => {
          const issued_at = new Date(world.effects.clock.now() - issuedSecondsAgo * 1000).toISOString();
          if (!request.url.includes('/token')) return world.effects.api.request(request);
          asked += 1;
          const text = JSON.stringify({ ...answer, issued_at });
          return { status: 200, headers: {}, body: Buffer.from(text), text, url: request.url };
        },
      },
    });
    const access = read('a');
    await wire.send({ method: 'GET', target: '/v2/a/tags/list', access });
    // The token is of no use here, so it was asked for once, and once more on the 401.
    t.is(asked, 2);
    asked = 0;
    world.effects.clock.advance(260_000);
    await wire.send({ method: 'GET', target: '/v2/a/tags/list', access });
    t.is(asked, 1);
  });
}

test('a token that the registry holds for ended is renewed once, for all who were refused', async (t) => {
  const { world, registry, ask } = await open(t, { omitsExpiry: true, tokenSeconds: 10 });
  t.is(await ask(write('a')), 202);
  world.effects.clock.advance(11_000);
  t.deepEqual(await Promise.all([1, 2, 3, 4].map(() => ask(write('a')))), [202, 202, 202, 202]);
  t.is(tokens(registry), 2);
});

test('a 401 that names no token server costs no token', async (t) => {
  const { registry, ask } = await open(t);
  t.is(await ask(write('a')), 202);
  registry.setFaults(({ kind }) => (kind === 'upload' ? { type: 'status', status: 401 } : null));
  t.is(await ask(write('a')), 401);
  t.is(tokens(registry), 1);
  t.is(registry.requests().counts['POST upload'], 2);
});

test('a wider token that turns out to lack something is followed by one for just that, not by the next wider one', async (t) => {
  let mayAll = false;
  const { registry, ask } = await open(t, { may: (repository) => mayAll || repository !== 'from' });
  for (const repository of ['a', 'b']) t.is(await ask(mount(repository, 'from')), 401);
  t.is(tokens(registry), 4);
  mayAll = true;
  t.is(await ask(read('from')), 404);
  t.is(tokens(registry), 5);
  t.is(await ask(read('from')), 404);
  t.is(tokens(registry), 5);
});

test('mounts that are refused cost no token each', async (t) => {
  const { registry, ask } = await open(t, { may: (repository) => repository !== 'from' });
  for (let n = 0; n < 5; n++) t.is(await ask(mount('to', 'from')), 401);
  t.is(tokens(registry), 2);
  t.is(registry.requests().counts['POST mount'], 6);
});

test('where a token for two repositories is refused, an upload is opened, and it is not tried again', async (t) => {
  const { registry, client } = await open(t, { oneScopeOnly: true });
  const blob = await registry.putBlob('from', Buffer.from('shared'));
  for (const repository of ['a', 'b', 'c', 'a']) t.not(await client.startUpload(repository, blob, 'from'), 'mounted');
  t.deepEqual(registry.requests().counts, { 'GET ping': 1, 'GET token': 4, 'POST upload': 4 });
  t.is(await client.startUpload('from', blob, 'from'), 'mounted');
});

test('a first push that is refused once goes well', async (t) => {
  for (const scheme of ['bearer', 'basic'] as const) {
    const { registry, ask } = await open(t, { refusesFirstPush: true, scheme });
    t.is(await ask(write('new')), scheme === 'bearer' ? 202 : 401);
    t.is(await ask(write('new')), 202);
    t.is(tokens(registry), scheme === 'bearer' ? 2 : 0);
  }
});

test('a wrong identity token, and servers that take none', async (t) => {
  const identity: CredentialsProvider = async () => ({ identityToken: 'very-secret' });
  for (const [auth, words] of [
    [{ refreshToken: 'other' }, /token server \S+ refused the identity token \(401\)/],
    [{}, /takes no identity tokens \(404\)/],
    [{ scheme: 'basic' }, /wants a user and a password, and there is an identity token/],
  ] as const) {
    const { ask, registry } = await open(t, auth, identity);
    const error = await t.throwsAsync(ask(read('a')), { instanceOf: OciError, code: 'unauthorized', message: words });
    t.true(error.message.includes(registry.host));
    t.notRegex(JSON.stringify([error.message, error.next, String(error.cause)]), /very-secret/);
  }
});

test('what another host says it wants is not believed', async (t) => {
  const { registry, world } = await open(t);
  const asked: string[] = [];
  const api = {
    request: (request: Parameters<typeof world.effects.api.request>[0]) => {
      asked.push(request.url);
      return world.effects.api.request(request);
    },
  };
  const address = { name: 'lab', origin: registry.url };
  const authorizer = createAuthorizer({ registry: address, api, clock: world.effects.clock, credentials: lab });
  const sent = await authorizer.headers(read('a'));
  const header = 'Bearer realm="https://elsewhere.example/token",service="x"';
  t.false(await authorizer.learn(header, read('a'), sent, 'https://elsewhere.example/upload'));
  t.deepEqual(await authorizer.headers(read('a')), sent);
  t.true(asked.every((url) => url.startsWith(registry.url)));
});
