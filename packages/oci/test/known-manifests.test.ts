import { type Move, parseLabel, previousOf } from '@tagflow/model';
import test from 'ava';
import { anonymous } from '../src/auth/docker-config.ts';
import { createRegistryDestination } from '../src/destination.ts';
import { OciError } from '../src/error.ts';
import { parseManifest } from '../src/manifest.ts';
import { formatManifests, parseManifests } from '../src/set-manifests.ts';
import { hash, makeWorld, otherHash, seed, setWith } from './world.ts';

const names = ['base', 'heat-api', 'nova-api'];
const label = parseLabel('current-tripleo');
const free = { before: () => Promise.resolve(), after: () => {} };
const docker = 'application/vnd.docker.distribution.manifest.v2+json';

test('manifests survive their way through a set byte by byte, whatever their spaces', (t) => {
  const text = `{ "schemaVersion":2,  "config": {"digest":"sha256:${'a'.repeat(64)}","size":1}, "layers":[] }\n`;
  const manifest = parseManifest(Buffer.from(text), docker, 'test');
  const [read] = parseManifests(formatManifests([manifest]), 'test');
  t.is(read?.digest, manifest.digest);
  t.is(Buffer.from(read?.bytes ?? []).toString(), text);
  t.throws(() => parseManifests(Buffer.from('{}'), 'the set'), {
    instanceOf: OciError,
    message: /the set: .* no list/,
  });
  t.throws(() => parseManifests(Buffer.from('['), 'the set'), { instanceOf: OciError, message: /not JSON/ });
});

test('a flip of two labels takes the bytes from the two published sets: one GET each', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const common = { namePattern: 'openstack-{name}', credentials: anonymous, effects: world.effects };
  const open = () =>
    createRegistryDestination({
      ...{ ...common, name: 'docker', url: `${target.url}/ns` },
      source: { namePattern: 'openstack-{name}', url: `${source.url}/ns` },
    });
  const old = setWith(await seed(source, names, otherHash, 'old'), otherHash);
  const set = setWith(await seed(source, names, hash));
  for (const one of [old, set]) await open().stage(one, world.stage);

  const destination = open(); // another process: nothing is in hand
  const moves = [
    { label, set },
    { label: previousOf(label), set: old },
  ].flatMap((one) =>
    destination.desired(one.label, one.set).map(({ name, value }): Move => ({
      ...{ destination: 'docker', kind: 'containers', label: one.label, pointer: name, from: null, to: value },
    })),
  );
  source.resetRequests();
  target.resetRequests();
  await destination.flip(moves, { signal: world.abort.signal, ...free });
  const { counts } = target.requests();
  t.is(counts['PUT manifest'], 6);
  t.is(counts['HEAD manifest'], 12); // before each write, and after it
  t.is(counts['GET manifest'], 2);
  t.deepEqual(source.requests().counts, { 'GET manifest': 2 }); // it has published no set
});

test('a source that is down does not keep tags from moving', async (t) => {
  const world = makeWorld(t, { attempts: 1 });
  const [source, target] = [await world.registry(), await world.registry()];
  const set = setWith(await seed(source, names, hash));
  const common = { namePattern: 'openstack-{name}', credentials: anonymous, effects: world.effects };
  const open = () =>
    createRegistryDestination({
      ...{ ...common, name: 'docker', url: `${target.url}/ns` },
      source: { namePattern: 'openstack-{name}', url: `${source.url}/ns` },
    });
  await open().stage(set, world.stage);
  source.setFaults(() => ({ type: 'reset' }));
  const moves = set.containers.map(({ name, digest }): Move => ({
    ...{ destination: 'docker', kind: 'containers', label, pointer: `${name}:${label}`, from: null, to: digest },
  }));
  await open().flip(moves, { signal: world.abort.signal, ...free });
  t.is(target.manifest('ns/openstack-base', label)?.digest, set.containers[0]?.digest);
});

test('a registry that counts pulls is not asked for manifests when its tags move', async (t) => {
  const world = makeWorld(t);
  const source = await world.registry();
  const target = await world.registry({ limits: { pulls: { limit: 100, windowSeconds: 21_600 } } });
  const common = { namePattern: 'openstack-{name}', credentials: anonymous, effects: world.effects };
  const set = setWith(await seed(source, names, hash));
  const open = () =>
    createRegistryDestination({
      ...{ ...common, name: 'docker', url: `${target.url}/ns` },
      source: { namePattern: 'openstack-{name}', url: `${source.url}/ns` },
    });
  await open().stage(set, world.stage);
  const destination = open();
  const moves = destination.desired(label, set).map(({ name, value }): Move => ({
    ...{ destination: 'docker', kind: 'containers', label, pointer: name, from: null, to: value },
  }));
  await destination.observe(moves.map(({ pointer }) => pointer));
  target.resetRequests();
  await destination.flip(moves, { signal: world.abort.signal, ...free });
  t.is(target.requests().counts['GET manifest'], undefined);
  t.is(target.manifest('ns/openstack-base', label)?.digest, set.containers[0]?.digest);
  t.is(source.requests().counts['GET blob'], 7); // of the staging
});

test('fewer pulls than a copy needs are known before it begins', async (t) => {
  const world = makeWorld(t);
  const source = await world.registry({ limits: { pulls: { limit: 2, windowSeconds: 21_600 } } });
  const target = await world.registry();
  const set = setWith(await seed(source, names, hash));
  const destination = createRegistryDestination({
    ...{ name: 'rdo', url: `${target.url}/ns`, namePattern: 'openstack-{name}' },
    source: { namePattern: 'openstack-{name}', url: `${source.url}/ns` },
    ...{ credentials: anonymous, effects: world.effects },
  });
  // docker.io is asked; of others that count it is known when they have answered once
  await destination.source.reader.headManifest('ns/openstack-base', hash);
  const stage = destination.stage(set, world.stage);
  const error = await t.throwsAsync(stage, { instanceOf: OciError, code: 'rate-limited' });
  t.is(
    error.message,
    `${source.host}/ns: pulls are counted (2 of 2 left in 6 h), and 3 more would be needed: nothing was begun`,
  );
  t.is(error.outcome, 'waiting');
  t.is(target.requests().counts['PUT upload'], undefined);
});

test('a tag may move from one of its images to the index that holds it, and to no other', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const layers = [Buffer.from('layer')];
  const amd64 = await registry.putImage('ns/openstack-base', [hash], { layers });
  const power = await registry.putImage('ns/openstack-base', [], { layers, architecture: 'ppc64le' });
  const stranger = await registry.putImage('ns/openstack-base', [], { layers, labels: { other: 'one' } });
  const index = registry.putIndex(
    'ns/openstack-base',
    ['built'],
    [
      { digest: amd64, architecture: 'amd64' },
      { digest: power, architecture: 'ppc64le' },
    ],
  );
  const destination = createRegistryDestination({
    ...{ name: 'rdo', url: `${registry.url}/ns`, namePattern: 'openstack-{name}' },
    ...{ credentials: anonymous, effects: world.effects },
  });
  const set = setWith([{ name: 'base', digest: index }]);
  await destination.stage(set, world.stage);
  t.is(registry.manifest('ns/openstack-base', hash)?.digest, index);
  registry.moveTag('ns/openstack-base', hash, stranger);
  await t.throwsAsync(destination.stage(set, world.stage), { code: 'published-differently' });
});
