import type { LabRegistryAuth } from '@tagflow/lab';
import test, { type ExecutionContext } from 'ava';
import { anonymous, type CredentialsProvider } from '../../src/auth/credentials.ts';
import { proveLogin } from '../../src/auth/prove-login.ts';
import { OciError } from '../../src/error.ts';
import { createWire } from '../../src/wire.ts';
import { makeWorld } from '../world.ts';
import { startHost } from './hosts.ts';

const right: CredentialsProvider = async () => ({ username: 'ns+robot', password: 'right' });
const wrong: CredentialsProvider = async () => ({ username: 'ns+robot', password: 'wrong-password' });

async function open(t: ExecutionContext, auth: Partial<LabRegistryAuth> | null, credentials = right) {
  const world = makeWorld(t, { attempts: 1 });
  const given = auth === null ? {} : { auth: { username: 'ns+robot', password: 'right', ...auth } };
  const registry = await world.registry(given);
  const address = { name: 'lab.example', origin: registry.url };
  const wire = createWire(address, credentials, world.effects);
  const prove = (write: boolean) => proveLogin(wire, address, credentials, { repository: 'ns/a', write });
  return { registry, prove };
}

for (const scheme of ['basic', 'bearer'] as const) {
  const token = scheme === 'bearer' ? { 'GET token': 1 } : {};

  // With tokens the upload stays open, as with distribution: to give it up would take a token for `delete`.
  test(`${scheme}: right credentials are proven, with one token at most`, async (t) => {
    const reading = await open(t, { scheme });
    await reading.prove(false);
    t.deepEqual(reading.registry.requests().counts, { 'GET ping': 2, ...token });
    const writing = await open(t, { scheme });
    await writing.prove(true);
    t.deepEqual(writing.registry.requests().counts, {
      ...{ 'GET ping': 2, ...token },
      ...{ 'POST upload': 1, 'DELETE upload': 1 },
    });
  });

  for (const write of [false, true]) {
    test(`${scheme}: a wrong password is told before ${write ? 'a push' : 'a pull'}, without being shown`, async (t) => {
      const { registry, prove } = await open(t, { scheme, anonymousPull: true }, wrong);
      const error = await t.throwsAsync(prove(write), {
        instanceOf: OciError,
        code: 'unauthorized',
        message: 'user "ns+robot" may not log in to lab.example',
      });
      t.regex(error.next ?? '', /lab\.example in registry-auth/);
      t.notRegex(JSON.stringify([error.message, error.next, String(error.cause)]), /wrong-password/);
      t.is(registry.requests().counts['POST upload'], undefined);
    });
  }

  test(`${scheme}: without credentials nobody pushes, and what is public is read`, async (t) => {
    const { prove } = await open(t, { scheme, anonymousPull: true }, anonymous);
    await prove(false);
    await t.throwsAsync(prove(true), {
      code: 'unauthorized',
      message: /^lab\.example wants a login(?: to push to \S+)?, and there are no credentials for it$/,
    });
    const closed = await open(t, { scheme }, anonymous);
    await t.throwsAsync(closed.prove(false), {
      code: 'unauthorized',
      message: 'lab.example wants a login, and there are no credentials for it',
    });
  });
}

test('a first push that is refused once is no reason to give up', async (t) => {
  const { registry, prove } = await open(t, { scheme: 'bearer', refusesFirstPush: true });
  await prove(true);
  t.is(registry.requests().counts['POST upload'], 2);
});

test('a user who may read and not write is told what right is missing', async (t) => {
  const { prove } = await open(t, { scheme: 'bearer', may: (_repository, action) => action === 'pull' });
  await prove(false);
  const error = await t.throwsAsync(prove(true), {
    instanceOf: OciError,
    code: 'denied',
    message: 'user "ns+robot" may not push to lab.example/ns/a',
  });
  t.regex(error.next ?? '', /right to write to ns\/a/);
  t.true(error.cause instanceof OciError);
});

test('a registry that lets everybody do everything', async (t) => {
  for (const credentials of [anonymous, right]) {
    const { registry, prove } = await open(t, null, credentials);
    await prove(true);
    t.is(registry.requests().counts['DELETE upload'], 1);
  }
});

for (const fault of [{ type: 'status', status: 500 }, { type: 'reset' }] as const) {
  test(`an upload that cannot be given up is no error: ${fault.type}`, async (t) => {
    const { registry, prove } = await open(t, { scheme: 'basic' });
    registry.setFaults(({ method }) => (method === 'DELETE' ? fault : null));
    await prove(true);
    t.is(registry.requests().counts['DELETE upload'], 1);
  });
}

for (const [what, status, body, code] of [
  ['forbidden', 403, '{"errors":[{"code":"DENIED","message":"quota"}]}', 'denied'],
  ['a project that is not there', 404, '{"errors":[{"code":"NAME_UNKNOWN","message":"project ns"}]}', 'not-found'],
  ['read-only', 405, '{"errors":[{"code":"UNSUPPORTED","message":"read-only"}]}', 'refused'],
  ['trouble', 500, '', 'unexpected-answer'],
] as const) {
  test(`a push that is answered ${status}, ${what}, is not proven`, async (t) => {
    const world = makeWorld(t, { attempts: 1 });
    const front = await startHost(t, ({ method }) => (method === 'POST' ? { status, body } : { status: 200 }));
    const address = { name: 'r', origin: front.origin };
    const wire = createWire(address, right, world.effects);
    await t.throwsAsync(proveLogin(wire, address, right, { repository: 'ns/a', write: true }), { code });
  });
}

test('what is not a registry is told so', async (t) => {
  const world = makeWorld(t);
  const headers = { 'content-type': 'text/html' };
  const web = await startHost(t, () => ({ status: 404, headers, body: '<html></html>' }));
  const address = { name: 'web', origin: web.origin };
  const wire = createWire(address, anonymous, world.effects);
  await t.throwsAsync(proveLogin(wire, address, anonymous, { repository: 'ns/a', write: false }), {
    code: 'not-found',
    message: /is this the address of a registry/,
  });
});
