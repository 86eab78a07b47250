import test from 'ava';
import { anonymous } from '../src/auth/docker-config.ts';
import { createManifestStore } from '../src/manifest-store.ts';
import { openPlace } from '../src/place.ts';
import { missingContainers, resolveContainers } from '../src/resolve.ts';
import { makeWorld, seed, type World } from './world.ts';

const optionsOf = (world: World) => ({
  ...{ concurrency: 4, signal: world.abort.signal, manifests: createManifestStore() },
});

async function start(t: Parameters<typeof makeWorld>[0]) {
  const world = makeWorld(t);
  const registry = await world.registry();
  const place = openPlace({
    ...{ url: `${registry.url}/ns`, namePattern: 'openstack-{name}', credentials: anonymous, effects: world.effects },
  });
  return { world, registry, place };
}

test('digests are pinned with one HEAD each', async (t) => {
  const { world, registry, place } = await start(t);
  const entries = await seed(registry, ['base', 'heat-api'], 'tag');
  t.deepEqual((await resolveContainers(place, ['heat-api', 'base'], 'tag', optionsOf(world))).found, entries);
  t.deepEqual(registry.requests().counts, { 'HEAD manifest': 2 });
});

test('a manifest that will be needed is fetched instead, and kept', async (t) => {
  const { world, registry, place } = await start(t);
  const entries = await seed(registry, ['base', 'heat-api'], 'tag');
  const manifests = createManifestStore();
  const options = { concurrency: 4, signal: world.abort.signal, manifests, wanted: new Set(['base']) };
  t.deepEqual((await resolveContainers(place, ['heat-api', 'base', 'x'], 'tag', options)).found, entries);
  t.deepEqual(registry.requests().counts, { 'GET manifest': 1, 'HEAD manifest': 2 });
  t.truthy(manifests.get(entries[0]?.digest as never));
  t.is(manifests.get(entries[1]?.digest as never), undefined);
});

test('what is missing is told by name', async (t) => {
  const { world, registry, place } = await start(t);
  await seed(registry, ['base'], 'tag');
  const { missing } = await resolveContainers(place, ['base', 'y', 'x'], 'tag', optionsOf(world));
  t.deepEqual(missing, ['x', 'y']);
  const error = missingContainers(place, 3, missing, 'tag');
  t.regex(error.message, /lacks 2 of 3 containers with the tag tag: x, y/);
});

test('a registry that cannot be asked is not one that lacks a container', async (t) => {
  const { world, registry, place } = await start(t);
  await seed(registry, ['base', 'heat-api'], 'tag');
  registry.setFaults(({ repository }) => (repository.endsWith('heat-api') ? { type: 'status', status: 500 } : null));
  await t.throwsAsync(resolveContainers(place, ['base', 'heat-api'], 'tag', optionsOf(world)), {
    code: 'incomplete',
    message: /look up :tag .*1 of 2 failed: heat-api: .*500/,
  });
});
