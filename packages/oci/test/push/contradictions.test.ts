import test from 'ava';
import { OciError } from '../../src/error.ts';
import { hash, makeWorld, seed } from '../world.ts';
import { push } from './push-world.ts';

const names = ['base', 'heat-api', 'nova-api', 'glance-api'];

test('what was published while the source was slow is not overwritten', async (t) => {
  const world = makeWorld(t);
  const target = await world.registry();
  let manifests = 0;
  const other: string[] = [];
  const source = await world.registry({
    async onRequest({ method, kind }) {
      if (method !== 'GET' || kind !== 'manifest' || ++manifests !== names.length) return;
      // Somebody else publishes the hash with other contents, and a busy source let five minutes go by.
      other.push(...(await seed(target, names, hash, 'other')).map(({ digest }) => digest));
      world.effects.clock.advance(300_000);
    },
  });
  await seed(source, names, hash);
  await t.throwsAsync(push(world, { from: source, to: [target], names }), {
    instanceOf: OciError,
    code: 'published-differently',
  });
  t.deepEqual(
    names.map((name) => target.manifest(`ns/openstack-${name}`, hash)?.digest),
    other,
  );
});

test('an optional destination that fails when its set is looked at again is owed, and fails nobody', async (t) => {
  const world = makeWorld(t, { attempts: 1 });
  const [source, good, weak] = [await world.registry(), await world.registry(), await world.registry()];
  await seed(source, names, hash);
  let isPublished = false;
  weak.setFaults(({ method, kind, repository }) => {
    if (kind !== 'manifest' || repository !== 'ns/tagflow-set') return null;
    if (method === 'PUT') isPublished = true;
    return method === 'GET' && isPublished ? { type: 'status', status: 500 } : null;
  });
  const report = await push(world, { from: source, to: [good, weak], optional: [weak], names });
  t.is(report.destinations[0]?.debt, null);
  t.is(report.destinations[1]?.debt?.includes('is owed'), true);
});

test('a dry run goes on without an optional destination that cannot be read', async (t) => {
  const world = makeWorld(t, { attempts: 1 });
  const [source, good, weak] = [await world.registry(), await world.registry(), await world.registry()];
  for (const registry of [source, weak]) await seed(registry, names, hash);
  weak.setFaults(({ repository }) => (repository === 'ns/tagflow-set' ? { type: 'status', status: 500 } : null));
  const given = { from: source, to: [good, weak], optional: [weak], names };
  const report = await push(world, { ...given, more: { dryRun: true } });
  t.is(report.destinations[0]?.copied.length, names.length);
  t.is((await push(world, given)).destinations[1]?.debt?.includes('is owed'), true);
});

test('a dry run tells that a hash is published with other contents, as the run would', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  await seed(source, names, hash);
  await seed(target, ['base'], hash, 'other');
  const given = { from: source, to: [target], names };
  await t.throwsAsync(push(world, given), { code: 'published-differently' });
  await t.throwsAsync(push(world, { ...given, more: { dryRun: true } }), { code: 'published-differently' });
});

test('containers with one digest: the set is published once', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const layers = [Buffer.from('the same')];
  for (const name of ['one', 'two']) await source.putImage(`ns/openstack-${name}`, [hash], { layers });
  let puts = 0;
  target.setFaults(({ method, kind, repository }) => {
    if (method === 'PUT' && kind === 'manifest' && repository === 'ns/tagflow-set') puts += 1;
    return null;
  });
  await push(world, { from: source, to: [target], names: ['one', 'two'] });
  t.is(puts, 1);
});

test('a clock that is set while the set is written makes nobody wait an hour', async (t) => {
  for (const jump of [3_600_000, -3_600_000]) {
    const world = makeWorld(t);
    const target = await world.registry({
      onRequest({ method, kind, repository }) {
        if (repository !== 'ns/tagflow-set' || method !== 'PUT' || kind !== 'manifest') return;
        world.effects.clock.advance(jump);
      },
    });
    const source = await world.registry();
    await seed(source, names, hash);
    await push(world, { from: source, to: [target], names });
    t.deepEqual(
      world.effects.clock.sleeps.filter((ms) => ms > 60_000),
      [],
      `${jump}`,
    );
  }
});

test('containers with one digest are published where tags of hashes never move', async (t) => {
  const world = makeWorld(t);
  const source = await world.registry();
  const target = await world.registry({ immutable: { tags: /^[0-9a-f]{32}$/, like: 'harbor' } });
  const layers = [Buffer.from('the same')];
  for (const name of ['one', 'two']) await source.putImage(`ns/openstack-${name}`, [hash], { layers });
  const report = await push(world, { from: source, to: [target], names: ['one', 'two'] });
  t.is(report.destinations[0]?.copied.length, 2);
});
