import test from 'ava';
import type { LabRegistry } from '@tagflow/lab';
import { type ArtifactSet, type Move, parseLabel } from '@tagflow/model';
import { createRegistryDestination } from '../src/destination.ts';
import { anonymous } from '../src/auth/docker-config.ts';
import { OciError } from '../src/error.ts';
import { hash, makeWorld, otherHash, seed, setWith, type World } from './world.ts';

const label = parseLabel('current-tripleo');
const names = ['base', 'heat-api', 'nova-api'];

function destinationOf(world: World, registry: LabRegistry, source?: LabRegistry) {
  return createRegistryDestination({
    ...{ name: 'registry rdo', url: `${registry.url}/ns`, namePattern: 'openstack-{name}', credentials: anonymous },
    ...(source === undefined ? {} : { source: { url: `${source.url}/ns`, namePattern: 'openstack-{name}' } }),
    effects: world.effects,
  });
}

function movesOf(set: ArtifactSet, from: ReadonlyMap<string, string | null>): readonly Move[] {
  return set.containers.map(({ name, digest }) => ({
    ...{ destination: 'registry rdo', kind: 'containers', label, pointer: `${name}:${label}`, to: digest },
    from: from.get(`${name}:${label}`) ?? null,
  }));
}

const free = { before: async () => {}, after: () => {} };

test('staging, reading back, publishing the set', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const set = setWith(await seed(source, names, hash));
  const destination = destinationOf(world, target, source);
  t.is(await destination.readSet(hash), null);
  t.is((await destination.verify(set, world.stage)).length, 4);
  const report = await destination.stage(set, world.stage);
  t.true(report.bytesMoved > 300_000);
  t.deepEqual(await destination.verify(set, world.stage), []);
  t.deepEqual(await destination.readSet(hash), set);
  t.deepEqual(target.tags('ns/tagflow-set'), [hash]);
  t.deepEqual(target.tags('ns/openstack-base'), [hash]);
  target.resetRequests();
  t.deepEqual(await destination.stage(set, world.stage), { bytesMoved: 0, bytesSaved: 0 });
  t.deepEqual(target.requests().counts, { 'HEAD manifest': 3, 'GET manifest': 1, 'GET blob': 1 });
});

test('reading back finds what is missing or other', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const set = setWith(await seed(registry, names, hash));
  const destination = destinationOf(world, registry);
  await destination.stage(set, world.stage);
  const [other] = await seed(registry, ['heat-api'], 'other', 'rebuilt');
  registry.moveTag('ns/openstack-base', hash, null);
  registry.moveTag('ns/openstack-heat-api', hash, other?.digest ?? null);
  registry.moveTag('ns/tagflow-set', hash, null);
  const problems = await destination.verify(set, world.stage);
  t.is(problems.length, 3);
  t.regex(problems[0] ?? '', /openstack-base:0123.* is not there/);
  t.regex(problems[1] ?? '', /openstack-heat-api:0123.* the set says/);
  t.regex(problems[2] ?? '', /set of 0123.* is not published/);
});

test('a job that knows the containers only leaves the images in the set', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const destination = destinationOf(world, registry);
  const part = setWith(await seed(registry, names, hash));
  const image = { name: 'a.tar', size: 1, sha256: 'a'.repeat(64), md5: null, visibility: 'public' } as const;
  const internal = { ...image, name: 'rhel.tar', visibility: 'internal' } as const;
  await destination.stage({ ...part, images: [image, internal] }, world.stage);
  await destination.stage(part, world.stage);
  // What only insiders may know is not told by a public registry.
  t.deepEqual((await destination.readSet(hash))?.images, [image]);
});

test('an empty set is not staged', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const destination = destinationOf(world, registry);
  await t.throwsAsync(destination.stage(setWith([]), world.stage), { instanceOf: OciError, code: 'empty-list' });
  t.true((await destination.verify(setWith([]), world.stage)).length > 0);
});

test('pointers: desired, observed, leased', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const set = setWith(await seed(registry, names, label));
  const destination = destinationOf(world, registry);
  const desired = destination.desired(label, set);
  t.deepEqual(
    desired,
    set.containers.map(({ name, digest }) => ({ name: `${name}:${label}`, value: digest })),
  );
  const observed = await destination.observe([...desired.map(({ name }) => name), `gone:${label}`]);
  t.deepEqual(
    [...observed.entries()].sort(),
    [...desired.map(({ name, value }) => [name, value]), [`gone:${label}`, null]].sort(),
  );
  t.is(destination.leaseKey(label), `oci:${registry.host}/ns:current-tripleo`);
  t.false(destination.canUnset);
});

test('an unreadable registry is not an absent tag', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry({ faults: () => ({ type: 'status', status: 500 }) });
  await t.throwsAsync(destinationOf(world, registry).observe(['base:x']), {
    instanceOf: OciError,
    code: 'unexpected-answer',
  });
});

test('a flip moves every tag: look, GET, PUT, read back; a second one only looks', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const old = await seed(registry, names, label, 'old');
  const set = setWith(await seed(registry, names, hash));
  const destination = destinationOf(world, registry);
  const moves = movesOf(set, new Map(old.map(({ name, digest }) => [`${name}:${label}`, digest])));
  registry.resetRequests();
  const told: string[] = [];
  const options = {
    signal: world.abort.signal,
    before: async (move: Move) => void told.push(`before ${move.pointer}`),
    after: (move: Move) => void told.push(`after ${move.pointer}`),
  };
  await destination.flip(moves, options);
  t.deepEqual(registry.requests().counts, { 'HEAD manifest': 6, 'GET manifest': 3, 'PUT manifest': 3 });
  for (const { name, digest } of set.containers) t.is(registry.manifest(`ns/openstack-${name}`, label)?.digest, digest);
  for (const { pointer } of moves) t.true(told.indexOf(`before ${pointer}`) < told.indexOf(`after ${pointer}`));
  t.is(told.length, 6);
  registry.resetRequests();
  await destination.flip(moves, options);
  t.deepEqual(registry.requests().counts, { 'HEAD manifest': 3 });
  t.is(told.length, 9);
});

test('a flip stops at a tag that somebody else moved', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const [stranger] = await seed(registry, ['base'], label, 'stranger');
  const set = setWith(await seed(registry, ['base'], otherHash), otherHash);
  const moves = movesOf(set, new Map());
  await t.throwsAsync(destinationOf(world, registry).flip(moves, { signal: world.abort.signal, ...free }), {
    instanceOf: OciError,
    code: 'tag-changed',
  });
  t.is(registry.manifest('ns/openstack-base', label)?.digest, stranger?.digest);
});

test('a flip notices a tag that did not move', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry({
    faults: ({ method, kind }) => (method === 'PUT' && kind === 'manifest' ? { type: 'lost-tag' } : null),
  });
  const set = setWith(await seed(registry, ['base'], hash));
  await t.throwsAsync(
    destinationOf(world, registry).flip(movesOf(set, new Map()), { signal: world.abort.signal, ...free }),
    {
      instanceOf: OciError,
      code: 'tag-not-moved',
    },
  );
});

test('a flip writes nothing when a container was never staged, or the lease is lost', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const entries = await seed(registry, names, hash);
  const absent = { name: 'absent', digest: `sha256:${'0'.repeat(64)}` as (typeof entries)[number]['digest'] };
  const destination = destinationOf(world, registry);
  const signal = world.abort.signal;
  await t.throwsAsync(destination.flip(movesOf(setWith([...entries, absent]), new Map()), { signal, ...free }), {
    instanceOf: OciError,
    code: 'not-found',
  });
  const before = () => Promise.reject(new Error('lease lost'));
  const lost = destination.flip(movesOf(setWith(entries), new Map()), { signal, before, after: () => t.fail() });
  await t.throwsAsync(lost, { message: 'lease lost' });
  t.is(registry.requests().counts['PUT manifest'], undefined);
});

test('a flip survives an answer that got lost', async (t) => {
  const world = makeWorld(t);
  let puts = 0;
  const registry = await world.registry({
    faults: ({ method }) => (method === 'PUT' && puts++ === 0 ? { type: 'reset-after' } : null),
  });
  const set = setWith(await seed(registry, ['base'], hash));
  await destinationOf(world, registry).flip(movesOf(set, new Map()), { signal: world.abort.signal, ...free });
  t.is(registry.manifest('ns/openstack-base', label)?.digest, set.containers[0]?.digest);
  t.is(puts, 1); // it is looked at before it would be written again
});

test('a tag cannot be removed, and that is said', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const set = setWith(await seed(registry, ['base'], hash));
  const destination = destinationOf(world, registry);
  await t.throwsAsync(destination.unset(movesOf(set, new Map()), { signal: world.abort.signal, ...free }), {
    instanceOf: OciError,
    code: 'impossible',
  });
});

test('what is published for another hash is not taken for this one', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const destination = destinationOf(world, registry);
  await destination.stage(setWith(await seed(registry, names, hash)), world.stage);
  registry.moveTag('ns/tagflow-set', otherHash, registry.manifest('ns/tagflow-set', hash)?.digest ?? null);
  await t.throwsAsync(destination.readSet(otherHash), { instanceOf: OciError, code: 'unexpected-answer' });
});
