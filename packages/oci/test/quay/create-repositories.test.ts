import type { LabRegistryOptions } from '@tagflow/lab';
import test, { type ExecutionContext } from 'ava';
import { OciError } from '../../src/error.ts';
import { createQuayRepositories } from '../../src/quay/create-repositories.ts';
import { makeWorld } from '../world.ts';

const all = Array.from({ length: 150 }, (_, n) => `ns/openstack-${n}`);

async function open(t: ExecutionContext, quay: Partial<NonNullable<LabRegistryOptions['quay']>> = {}) {
  const world = makeWorld(t, { attempts: 2 });
  const registry = await world.registry({ quay: { token: 'oauth-token', ...quay } });
  const create = (repositories: readonly string[], token = 'oauth-token') =>
    createQuayRepositories({
      ...{ origin: registry.url, token, repositories, visibility: 'public', api: world.effects.api },
      ...{ concurrency: 8, signal: world.effects.signal, log: world.effects.log },
    });
  return { world, registry, create };
}

test('150 repositories are made once, and found with two requests from then on', async (t) => {
  const { world, registry, create } = await open(t);
  const first = await create(all);
  t.deepEqual(first, { created: all, existed: [], keptPrivate: [] });
  t.true(all.every((name) => registry.visibility(name) === 'public'));
  t.deepEqual(registry.requests().counts, { 'GET other': 3, 'POST other': 150 });
  registry.resetRequests();
  t.deepEqual(await create(all), { created: [], existed: all, keptPrivate: [] });
  t.deepEqual(registry.requests().counts, { 'GET other': 2 });
  t.deepEqual(world.warnings, []);
});

test('only what is missing is made, each once, in every namespace', async (t) => {
  const { registry, create } = await open(t);
  await create(['ns/a']);
  registry.resetRequests();
  const report = await create(['ns/a', 'ns/b', 'other/a', 'ns/b']);
  t.deepEqual(report, { created: ['ns/b', 'other/a'], existed: ['ns/a'], keptPrivate: [] });
  t.deepEqual(registry.repositories(), ['ns/a', 'ns/b', 'other/a']);
  t.is(registry.requests().counts['POST other'], 2);
});

test('one that is private stays so, and is told', async (t) => {
  const { world, registry, create } = await open(t);
  await registry.putImage('ns/pushed', ['tag'], { layers: [] });
  const report = await create(['ns/pushed', 'ns/new']);
  t.deepEqual(report, { created: ['ns/new'], existed: ['ns/pushed'], keptPrivate: ['ns/pushed'] });
  t.is(registry.visibility('ns/pushed'), 'private');
  t.is(world.warnings.length, 1);
  t.regex(world.warnings[0] ?? '', new RegExp(`^${registry.host}/ns/pushed is private, and stays so`));
});

test('a token that may not look makes what it can', async (t) => {
  const { registry, create } = await open(t, { scopes: ['repo:create'] });
  await registry.putImage('ns/a', ['tag'], { layers: [] });
  t.deepEqual(await create(['ns/a', 'ns/b']), { created: ['ns/b'], existed: ['ns/a'], keptPrivate: [] });
  t.is(registry.visibility('ns/b'), 'public');
});

test('somebody else may make it at the same time', async (t) => {
  const { registry, create } = await open(t);
  const reports = await Promise.all([create(all.slice(0, 20)), create(all.slice(0, 20))]);
  t.is(reports.flatMap(({ created }) => created).length, 20);
  t.is(registry.repositories().length, 20);
});

test('an answer that is lost is no reason to fail', async (t) => {
  const { registry, create } = await open(t);
  let lost = false;
  registry.setFaults(({ method }) => {
    if (method !== 'POST' || lost) return null;
    lost = true;
    return { type: 'reset-after' };
  });
  t.deepEqual(await create(['ns/a']), { created: [], existed: ['ns/a'], keptPrivate: [] });
  t.is(registry.visibility('ns/a'), 'public');
});

for (const [what, quay, names, token, words] of [
  [
    'a wrong token',
    {},
    ['ns/a'],
    'wrong-token',
    /the repositories of \S+\/ns: quay answered 401 Requires authentication/,
  ],
  [
    'a token that may only look',
    { scopes: ['repo:read'] },
    ['ns/a'],
    'oauth-token',
    /\/ns\/a: quay answered 403 Unauthorized/,
  ],
  [
    'a name that quay does not take',
    {},
    ['ns/UPPER'],
    'oauth-token',
    /\/ns\/UPPER: quay answered 400 Invalid repository name/,
  ],
] as const) {
  test(`${what} is told in quay's words`, async (t) => {
    const { registry, create } = await open(t, quay);
    const error = await t.throwsAsync(create(names, token), {
      instanceOf: OciError,
      code: 'not-created',
      message: words,
    });
    t.true(error.message.includes(registry.host));
    t.regex(error.next ?? '', /repo:create/);
    t.notRegex(JSON.stringify([error.message, error.next, String(error.cause)]), /wrong-token|oauth-token/);
  });
}

test('after the first refusal nothing new is begun', async (t) => {
  const { registry, create } = await open(t, { scopes: ['repo:read'] });
  await t.throwsAsync(create(all), { code: 'not-created' });
  t.true((registry.requests().counts['POST other'] ?? 0) <= 8);
});

test('trouble on the other side is for later', async (t) => {
  const { registry, create } = await open(t);
  registry.setFaults(() => ({ type: 'status', status: 503 }));
  t.is((await t.throwsAsync(create(['ns/a']), { instanceOf: OciError, code: 'not-created' })).outcome, 'waiting');
});

test('a registry that is no quay, and a name without a namespace', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const { effects } = world;
  const create = (repositories: readonly string[]) =>
    createQuayRepositories({
      ...{ origin: registry.url, token: 'x', repositories, visibility: 'public', api: effects.api },
      ...{ concurrency: 8, signal: effects.signal, log: effects.log },
    });
  await t.throwsAsync(create(['ns/a']), { code: 'not-created', message: /404/ });
  for (const name of ['a', '/a', 'ns/']) await t.throwsAsync(create([name]), { code: 'bad-reference' });
});

test('nothing is begun after it was cancelled', async (t) => {
  const { world, registry, create } = await open(t);
  world.abort.abort(new Error('cancelled'));
  await t.throwsAsync(create(['ns/a']), { message: 'cancelled' });
  t.is(registry.requests().total, 0);
});
