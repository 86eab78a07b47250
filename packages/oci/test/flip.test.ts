import { type Move, parseLabel } from '@tagflow/model';
import type { LabRegistry } from '@tagflow/lab';
import test from 'ava';
import { anonymous } from '../src/auth/docker-config.ts';
import { createRegistryDestination } from '../src/destination.ts';
import { hash, makeWorld, otherHash, seed, setWith, type World } from './world.ts';
import { push } from './push/push-world.ts';

const names = ['base', 'heat-api', 'nova-api', 'glance-api'];
const label = parseLabel('current-tripleo');
const free = { before: () => Promise.resolve(), after: () => {} };

function open(world: World, source: LabRegistry, target: LabRegistry, more: object = {}) {
  return createRegistryDestination({
    ...{ name: 'docker', url: `${target.url}/ns`, namePattern: 'openstack-{name}' },
    source: { namePattern: 'openstack-{name}', url: `${source.url}/ns` },
    ...{ credentials: anonymous, effects: world.effects, ...more },
  });
}

for (const state of ['down', 'emptied'] as const) {
  test(`a registry that counts pulls flips from its own set when its source is ${state}: one pull`, async (t) => {
    const world = makeWorld(t, { attempts: 1 });
    const source = await world.registry();
    const target = await world.registry({ limits: { pulls: { limit: 100, windowSeconds: 21_600 } } });
    const set = setWith(await seed(source, names, hash));
    await open(world, source, target).stage(set, world.stage);
    source.setFaults(() => (state === 'down' ? { type: 'reset' } : { type: 'status', status: 404 }));
    const destination = open(world, source, target);
    const moves = destination.desired(label, set).map(({ name, value }): Move => ({
      ...{ destination: 'docker', kind: 'containers', label, pointer: name, from: null, to: value },
    }));
    await destination.observe(moves.map(({ pointer }) => pointer));
    await destination.flip(moves, { signal: world.abort.signal, ...free });
    t.is(target.manifest('ns/openstack-base', label)?.digest, set.containers[0]?.digest);
  });
}

test('a source that is down is not asked again for each container', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const set = setWith(await seed(source, names, hash));
  await open(world, source, target).stage(set, world.stage);
  let asked = 0;
  source.setFaults(() => {
    asked += 1;
    return { type: 'reset' };
  });
  const moves = set.containers.map(({ name, digest }): Move => ({
    ...{ destination: 'docker', kind: 'containers', label, pointer: `${name}:${label}`, from: null, to: digest },
  }));
  await open(world, source, target).flip(moves, { signal: world.abort.signal, ...free });
  t.true(asked <= 3 * 2, `${asked} requests for ${names.length} containers, with 3 attempts each`);
});

test('an architecture that came late makes an index of what is published, as the tag may become one', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const repository = 'ns/openstack-base';
  const layers = [Buffer.from('layer')];
  const amd64 = await source.putImage(repository, [hash], { layers });
  await push(world, { from: source, to: [target], names: ['base'] });
  const power = await source.putImage(repository, [], { layers, architecture: 'ppc64le' });
  const index = source.putIndex(
    repository,
    [hash],
    [
      { digest: amd64, architecture: 'amd64' },
      { digest: power, architecture: 'ppc64le' },
    ],
  );
  await push(world, { from: source, to: [target], names: ['base'] });
  t.is(target.manifest(repository, hash)?.digest, index);
});

test('a second run with signatures makes no pull: nothing is copied', async (t) => {
  const world = makeWorld(t, { attempts: 1 });
  const source = await world.registry({ limits: { pulls: { limit: names.length, windowSeconds: 21_600 } } });
  const target = await world.registry();
  const set = setWith(await seed(source, names, hash));
  await open(world, source, target, { signatures: true }).stage(set, world.stage);
  source.resetRequests();
  await t.notThrowsAsync(open(world, source, target, { signatures: true }).stage(set, world.stage));
  t.is(source.requests().counts['GET manifest'], undefined);
});

test('pulls that the images of an index need are counted before the copy begins', async (t) => {
  const world = makeWorld(t, { attempts: 1 });
  const source = await world.registry({ limits: { pulls: { limit: 6, windowSeconds: 21_600 } } });
  const target = await world.registry();
  const entries = [];
  for (const name of names) {
    const repository = `ns/openstack-${name}`;
    const children = [];
    for (const architecture of ['amd64', 'ppc64le']) {
      const digest = await source.putImage(repository, [], { layers: [Buffer.from(name)], architecture });
      children.push({ digest, architecture });
    }
    entries.push({ name, digest: source.putIndex(repository, [hash], children) });
  }
  await t.throwsAsync(push(world, { from: source, to: [target], names }), { message: /pulls are counted/ });
  t.is(target.requests().counts['PUT upload'], undefined);
});

test('an undone label finds its old manifests, though nobody said which hash they are of', async (t) => {
  const world = makeWorld(t, { attempts: 1 });
  const source = await world.registry();
  const target = await world.registry({ limits: { pulls: { limit: 100, windowSeconds: 21_600 } } });
  const old = setWith(await seed(source, names, otherHash, 'old'), otherHash);
  await open(world, source, target).stage(old, world.stage);
  source.setFaults(() => ({ type: 'status', status: 404 })); // purged
  const destination = open(world, source, target);
  const back = old.containers.map(({ name, digest }): Move => ({
    ...{ destination: 'docker', kind: 'containers', label, pointer: `${name}:${label}`, from: null, to: digest },
  }));
  await destination.observe(back.map(({ pointer }) => pointer));
  await destination.flip(back, { signal: world.abort.signal, ...free });
  t.is(target.manifest('ns/openstack-base', label)?.digest, old.containers[0]?.digest);
});

test('a tag that somebody else moved while a registry asked for patience is not moved', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const [entry] = await seed(registry, ['base'], hash);
  const [theirs] = await seed(registry, ['base'], otherHash, 'theirs');
  const repository = 'ns/openstack-base';
  let checks = 0;
  let puts = 0;
  registry.setFaults(({ method, kind, reference }) => {
    if (method !== 'PUT' || kind !== 'manifest' || reference !== label || ++puts > 1) return null;
    registry.moveTag(repository, label, theirs?.digest ?? null);
    return { type: 'status', status: 429, retryAfter: 110 };
  });
  const destination = createRegistryDestination({
    ...{ name: 'rdo', url: `${registry.url}/ns`, namePattern: 'openstack-{name}' },
    ...{ credentials: anonymous, effects: world.effects },
  });
  const move: Move = {
    ...{ destination: 'rdo', kind: 'containers', label, pointer: `base:${label}`, from: null, to: `${entry?.digest}` },
  };
  const before = async (): Promise<void> => void (checks += 1);
  await destination.flip([move], { signal: world.abort.signal, before, after: () => {} }).catch(() => undefined);
  t.is(
    registry.manifest(repository, label)?.digest,
    theirs?.digest,
    `sent ${puts} times, lease checked ${checks} times`,
  );
});

test('a hash that somebody else published while a registry asked for patience is not overwritten', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const set = setWith(await seed(source, ['base'], hash));
  const [theirs] = await seed(target, ['base'], otherHash, 'theirs');
  let puts = 0;
  target.setFaults(({ method, kind, reference }) => {
    if (method !== 'PUT' || kind !== 'manifest' || reference !== hash || ++puts > 1) return null;
    target.moveTag('ns/openstack-base', hash, theirs?.digest ?? null);
    return { type: 'status', status: 429, retryAfter: 110 };
  });
  await t.throwsAsync(open(world, source, target).stage(set, world.stage), { code: 'published-differently' });
  t.is(target.manifest('ns/openstack-base', hash)?.digest, theirs?.digest);
});
