import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { anonymous, type CredentialsProvider } from '../src/auth/docker-config.ts';
import { OciError } from '../src/error.ts';
import { openPlace } from '../src/place.ts';
import { createRegistryClient } from '../src/registry.ts';
import { makeWorld, seed } from './world.ts';

const lab: CredentialsProvider = async () => ({ username: 'lab', password: 'right' });
const wrong: CredentialsProvider = async () => ({ username: 'lab', password: 'wrong-password' });

for (const scheme of ['basic', 'bearer'] as const) {
  test(`${scheme} auth: the registry is asked once what it wants`, async (t) => {
    const world = makeWorld(t);
    const registry = await world.registry({ auth: { username: 'lab', password: 'right', scheme } });
    const [entry] = await seed(registry, ['base'], 'tag');
    const { client, repository } = openPlace({
      ...{ url: `${registry.url}/ns`, namePattern: 'openstack-{name}', credentials: lab, effects: world.effects },
    });
    const heads = await Promise.all([1, 2, 3, 4].map(() => client.headManifest(repository('base'), 'tag')));
    t.true(heads.every((head) => head?.digest === entry?.digest));
    t.deepEqual(registry.requests().counts, {
      'GET ping': 1,
      ...(scheme === 'bearer' ? { 'GET token': 1 } : {}),
      'HEAD manifest': 4,
    });
  });

  test(`${scheme} auth: a wrong password is told, and not shown`, async (t) => {
    const world = makeWorld(t);
    const registry = await world.registry({ auth: { username: 'lab', password: 'right', scheme } });
    const { client } = openPlace({ url: `${registry.url}/ns`, credentials: wrong, effects: world.effects });
    const error = await t.throwsAsync(client.headManifest('ns/base', 'tag'), {
      instanceOf: OciError,
      code: 'unauthorized',
    });
    t.false(JSON.stringify([error.message, error.next]).includes('wrong-password'));
    t.true(error.message.includes(registry.host));
  });

  test(`${scheme} auth: without credentials`, async (t) => {
    const world = makeWorld(t);
    const auth = { username: 'lab', password: 'right', scheme, anonymousPull: true } as const;
    const registry = await world.registry({ auth });
    await seed(registry, ['base'], 'tag');
    const { client } = openPlace({ url: `${registry.url}/ns`, credentials: anonymous, effects: world.effects });
    const manifest = await client.getManifest('ns/openstack-base', 'tag');
    t.truthy(manifest);
    await t.throwsAsync(
      manifest === null ? Promise.resolve() : client.putManifest('ns/openstack-base', 'other', manifest),
      {
        instanceOf: OciError,
        code: 'unauthorized',
      },
    );
  });
}

test('a token is renewed before its end, once for all who wait', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry({
    auth: { username: 'lab', password: 'right', scheme: 'bearer', tokenSeconds: 100 },
  });
  await seed(registry, ['base'], 'tag');
  const { client } = openPlace({ url: `${registry.url}/ns`, credentials: lab, effects: world.effects });
  const ask = () => client.headManifest('ns/openstack-base', 'tag');
  await ask();
  world.effects.clock.advance(89_000);
  await ask();
  t.is(registry.requests().counts['GET token'], 1);
  world.effects.clock.advance(2_000);
  await Promise.all([ask(), ask(), ask()]);
  t.is(registry.requests().counts['GET token'], 2);
  t.is(registry.requests().counts['HEAD manifest'], 5);
});

test('credentials stay with their host when a registry redirects or opens uploads elsewhere', async (t) => {
  const world = makeWorld(t);
  const seen: (string | undefined)[] = [];
  const elsewhere = createServer((request, response) => {
    seen.push(request.headers.authorization);
    request.resume();
    response.statusCode = request.method === 'PUT' ? 201 : 200;
    response.end(request.method === 'PUT' ? '' : 'bytes');
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  const there = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  const front = createServer((request, response) => {
    if (request.headers.authorization === undefined) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    } else if (request.method === 'POST') {
      response.writeHead(202, { location: `${there}/upload?_state=a%2Fb` }).end();
    } else response.writeHead(307, { location: `${there}/blob` }).end();
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const server of [front, elsewhere]) {
      server.closeAllConnections();
      server.close();
    }
  });
  const origin = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  const client = createRegistryClient({ name: 'front', origin }, lab, world.effects);
  const blob = {
    mediaType: '',
    digest: `sha256:${'0'.repeat(64)}` as never,
    size: 5,
    isForeign: false,
    annotations: {},
  };
  let text = '';
  for await (const chunk of await client.openBlob('ns/a', blob)) text += chunk;
  t.is(text, 'bytes');
  let sent = '';
  await client.sendBlob?.('ns/a', blob, (piece) => void (sent += Buffer.from(piece).toString()));
  t.is(sent, 'bytes');
  const upload = await client.startUpload('ns/a', blob.digest, 'ns/a');
  if (upload === 'mounted') return t.fail();
  t.is(upload.url, `${there}/upload?_state=a%2Fb`);
  await client.finishUpload(
    upload,
    blob,
    (async function* () {
      yield Buffer.from('bytes');
    })(),
  );
  t.deepEqual(seen, [undefined, undefined, undefined]);
});

test('what is not a registry is told so', async (t) => {
  const world = makeWorld(t);
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<html>hello</html>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createRegistryClient({ name: 'web', origin }, anonymous, world.effects);
  await t.throwsAsync(client.headManifest('a', 'tag'), {
    instanceOf: OciError,
    code: 'unexpected-answer',
    message: /html/,
  });
  await t.throwsAsync(client.getManifest('a', 'tag'), { instanceOf: OciError, code: 'unexpected-answer' });
});

test('a quota that is used up is for later', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry({ faults: () => ({ type: 'status', status: 429, retryAfter: 7200 }) });
  const { client } = openPlace({ url: `${registry.url}/ns`, credentials: anonymous, effects: world.effects });
  const error = await t.throwsAsync(client.getManifest('ns/a', 'tag'), { instanceOf: OciError, code: 'rate-limited' });
  t.is(error.outcome, 'waiting');
  t.is(error.retryAfterMs, 7_200_000);
});

test('a manifest of schema 1 is refused with words', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const type = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
  const server = createServer((_request, response) => {
    response.setHeader('content-type', type);
    response.end('{"schemaVersion": 1}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createRegistryClient({ name: 'old', origin }, anonymous, world.effects);
  for (const ask of [client.getManifest('a', 'tag'), client.headManifest('a', 'tag')]) {
    await t.throwsAsync(ask, { instanceOf: OciError, code: 'schema1', message: /schema 1/ });
  }
  t.is(registry.requests().total, 0);
});

test('wrong bytes under a digest are found', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const [entry] = await seed(registry, ['base'], 'tag');
  registry.setFaults(() => ({ type: 'corrupt' }));
  const { client } = openPlace({ url: `${registry.url}/ns`, credentials: anonymous, effects: world.effects });
  const error = await t.throwsAsync(client.getManifest('ns/openstack-base', entry?.digest ?? ''), {
    instanceOf: OciError,
  });
  t.true(['digest-mismatch', 'unexpected-answer'].includes(error.code));
});

for (const scheme of ['basic', 'bearer'] as const) {
  test(`${scheme} auth: a blob is sent on once the registry has said what it wants, the whole of it or the rest`, async (t) => {
    const world = makeWorld(t);
    const registry = await world.registry({ auth: { username: 'lab', password: 'right', scheme, tokenSeconds: 100 } });
    const bytes = Buffer.alloc(300_000, 'layer ');
    const digest = await registry.putBlob('ns/a', bytes);
    const blob = { mediaType: '', digest, size: bytes.length, isForeign: false, annotations: {} };
    const { client } = openPlace({ url: `${registry.url}/ns`, credentials: lab, effects: world.effects });
    for (const offset of [0, 299_990]) {
      const got: Buffer[] = [];
      await client.sendBlob?.('ns/a', blob, (piece) => void got.push(Buffer.from(piece)), offset);
      t.true(Buffer.concat(got).equals(bytes.subarray(offset)), `${offset}`);
    }
    const gone = { ...blob, digest: `sha256:${'0'.repeat(64)}` as never };
    const failing = client.sendBlob?.('ns/a', gone, () => t.fail()) ?? Promise.resolve();
    await t.throwsAsync(failing, { instanceOf: OciError, code: 'not-found', message: /^GET blob .*404/ });
    t.is(registry.requests().counts['GET blob'], 3);
  });
}
