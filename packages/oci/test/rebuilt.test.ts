import test from 'ava';
import type { LabRegistry } from '@tagflow/lab';
import { createRegistryDestination } from '../src/destination.ts';
import { anonymous } from '../src/auth/docker-config.ts';
import { OciError } from '../src/error.ts';
import { hash, makeWorld, seed, setWith, type World } from './world.ts';

const names = ['base', 'heat-api', 'nova-api'];

function destinationOf(world: World, registry: LabRegistry, source?: LabRegistry) {
  return createRegistryDestination({
    ...{ name: 'registry rdo', url: `${registry.url}/ns`, namePattern: 'openstack-{name}', credentials: anonymous },
    ...(source === undefined ? {} : { source: { url: `${source.url}/ns`, namePattern: 'openstack-{name}' } }),
    effects: world.effects,
  });
}

// It replaced the tags with a warning once: two builds under one hash, and whoever had read the first was left behind.
test('a hash that was built again is refused, and nothing of it is written', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const destination = destinationOf(world, target, source);
  const built = setWith(await seed(source, names, hash));
  await destination.stage(built, world.stage);
  const rebuilt = setWith(await seed(source, names, hash, 'again'));
  target.resetRequests();
  // With and without the published set: the tags alone are enough.
  for (const isPublished of [true, false]) {
    if (!isPublished) target.moveTag('ns/tagflow-set', hash, null);
    const error = await t.throwsAsync(destination.stage(rebuilt, world.stage), { instanceOf: OciError });
    t.is(error.code, 'published-differently');
    t.is(error.outcome, 'failed');
    for (const [index, { name, digest }] of built.containers.entries()) {
      for (const word of [hash, name, digest, rebuilt.containers[index]?.digest ?? '?']) {
        t.true(error.message.includes(word), `${word} in: ${error.message}`);
      }
    }
    t.regex(error.next ?? '', /built twice.*new hash, or give the containers that are published/);
  }
  t.deepEqual(Object.keys(target.requests().counts), ['HEAD manifest']);
  for (const { name, digest } of built.containers) {
    t.is(target.manifest(`ns/openstack-${name}`, hash)?.digest, digest);
  }
});

test('one container that was built again keeps the new ones out as well', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const destination = destinationOf(world, target, source);
  const [, heat] = await seed(target, names.slice(0, 2), hash, 'before');
  target.moveTag('ns/openstack-base', hash, null);
  const set = setWith(await seed(source, names, hash));
  const error = await t.throwsAsync(destination.stage(set, world.stage), { code: 'published-differently' });
  t.regex(error.message, /heat-api: .*openstack-heat-api:0123/);
  t.notRegex(error.message, /nova-api/);
  t.deepEqual([target.tags('ns/openstack-base'), target.tags('ns/openstack-nova-api')], [[], []]);
  t.is(target.manifest('ns/openstack-heat-api', hash)?.digest, heat?.digest);
  t.is(await destination.readSet(hash), null);
});

test('a set that contradicts the published one is refused before the first tag', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const destination = destinationOf(world, target, source);
  const image = { name: 'a.tar', size: 1, sha256: 'a'.repeat(64), md5: null, visibility: 'public' } as const;
  const set = { ...setWith(await seed(source, names, hash)), images: [image] };
  await destination.stage(set, world.stage);
  // The tags are gone, so that the set alone knows what was published.
  for (const name of names) target.moveTag(`ns/openstack-${name}`, hash, null);
  const [rebuilt] = await seed(source, ['base'], 'other', 'again');
  const containers = set.containers.map((one) => (one.name === 'base' ? { ...one, ...rebuilt } : one));
  const other = await t.throwsAsync(destination.stage({ ...set, containers }, world.stage), {
    code: 'published-differently',
  });
  t.regex(other.message, /tagflow-set:0123.*: base is sha256:.* there, and sha256:/);
  const images = [{ ...image, sha256: 'b'.repeat(64) }];
  const wrong = await t.throwsAsync(destination.stage({ ...set, images }, world.stage), {
    code: 'published-differently',
  });
  t.regex(wrong.message, /"a\.tar" is there twice/);
  for (const name of names) t.deepEqual(target.tags(`ns/openstack-${name}`), []);
  t.deepEqual(await destination.readSet(hash), set);
});

test('two jobs that publish parts of one set at once lose nothing of either', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const [base, heat, nova] = await seed(registry, names, hash);
  const other = destinationOf(world, registry);
  await other.stage(setWith([nova!]), world.stage);
  const before = registry.manifest('ns/tagflow-set', hash)?.digest ?? null;
  await other.stage(setWith([base!]), world.stage);
  const late = registry.manifest('ns/tagflow-set', hash)?.digest ?? null;
  registry.moveTag('ns/tagflow-set', hash, before);
  // The other one read before us, and its write (of nova and base) comes when we have written.
  let waits = 0;
  const clock = {
    now: world.effects.clock.now,
    async sleep() {
      waits += 1;
      if (waits === 1) registry.moveTag('ns/tagflow-set', hash, late);
    },
  };
  const ours = destinationOf(
    { ...world, effects: { ...world.effects, clock: { ...world.effects.clock, ...clock } } },
    registry,
  );
  await ours.stage(setWith([heat!]), world.stage);
  t.deepEqual((await ours.readSet(hash))?.containers, [base, heat, nova]);
  t.is(waits, 2);
});

test('a set that never stays is said', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry({
    faults: ({ method, kind, repository }) =>
      method === 'PUT' && kind === 'manifest' && repository === 'ns/tagflow-set' ? { type: 'lost-tag' } : null,
  });
  const set = setWith(await seed(registry, names, hash));
  const destination = destinationOf(world, registry);
  await destination.stage(set, world.stage);
  t.regex((await destination.verify(set, world.stage)).join(), /^[^,]*the set of 0123.* is not published$/);
  t.is(world.effects.clock.sleeps.length, 5);
});
