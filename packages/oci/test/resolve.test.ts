import test from 'ava';
import { anonymous } from '../src/auth/docker-config.ts';
import { OciError } from '../src/error.ts';
import { openPlace } from '../src/place.ts';
import { resolveAllContainers, resolveContainers } from '../src/resolve.ts';
import { retag } from '../src/tag.ts';
import { makeWorld, seed } from './world.ts';

async function start(t: Parameters<typeof makeWorld>[0]) {
  const world = makeWorld(t);
  const registry = await world.registry();
  const place = openPlace({
    ...{ url: `${registry.url}/ns`, namePattern: 'openstack-{name}', credentials: anonymous, effects: world.effects },
  });
  return { world, registry, place };
}

test('digests are pinned with one HEAD each', async (t) => {
  const { registry, place } = await start(t);
  const entries = await seed(registry, ['base', 'heat-api'], 'tag');
  t.deepEqual(await resolveAllContainers(place, ['heat-api', 'base'], 'tag', 4), entries);
  t.deepEqual(registry.requests().counts, { 'HEAD manifest': 2 });
});

test('all missing names are told at once', async (t) => {
  const { registry, place } = await start(t);
  await seed(registry, ['base'], 'tag');
  await t.throwsAsync(resolveAllContainers(place, ['base', 'x', 'y'], 'tag', 4), {
    instanceOf: OciError,
    code: 'missing-containers',
    message: /lacks 2 of 3 containers with the tag tag: x, y/,
  });
  t.deepEqual((await resolveContainers(place, ['base', 'x'], 'tag', 4)).missing, ['x']);
});

test('no names are an error', async (t) => {
  const { place } = await start(t);
  await t.throwsAsync(resolveAllContainers(place, [], 'tag', 4), { instanceOf: OciError, code: 'empty-list' });
});

test('a retag is a GET, and a PUT and a read-back for each tag', async (t) => {
  const { registry, place } = await start(t);
  const [entry] = await seed(registry, ['base'], 'tag');
  if (entry === undefined) return t.fail();
  await retag(place.client, place.repository('base'), entry.digest, ['one', 'two']);
  t.deepEqual(registry.requests().counts, { 'GET manifest': 1, 'PUT manifest': 2, 'HEAD manifest': 2 });
  t.is(registry.manifest('ns/openstack-base', 'two')?.digest, entry.digest);
});

test('what is not there cannot be tagged', async (t) => {
  const { place } = await start(t);
  await t.throwsAsync(retag(place.client, 'ns/openstack-base', `sha256:${'0'.repeat(64)}` as never, ['one']), {
    instanceOf: OciError,
    code: 'not-found',
  });
});
