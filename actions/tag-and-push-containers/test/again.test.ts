import { formatSet, parseDigest } from '@tagflow/model';
import test from 'ava';
import { between, hash, makeWorld, names, seed } from './world.ts';

// What a run costs, and what the next one finds.

test('requests are those of docs/containers.md', async (t) => {
  const world = await makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  await seed(source);
  // One of the containers is an index of two images.
  const children = ['amd64', 'ppc64le'].map(async (architecture) => {
    const layers = [Buffer.alloc(100_000, 'base'), Buffer.from(architecture)];
    return { architecture, digest: await source.putImage('ns/openstack-swift', [], { layers, architecture }) };
  });
  source.putIndex('ns/openstack-swift', [hash], await Promise.all(children));
  const [n, m, d, p] = [4, 6, 1 + 5 + 5, 3 * 3 + 5];
  const containers = [...names, 'swift'].join();

  const { outcome, message, outputs } = await world.run({ ...between(source, target), containers });
  t.is(outcome, 'done', message);
  t.is(source.requests().total, m + d);
  const login = 3;
  const set = 2 * 3 + 1 + 4;
  t.is(target.requests().total, n + 2 * d + (p - d) + m + n + login + set);
  t.is(Number(outputs['requests']), source.requests().total + target.requests().total);

  for (const registry of [source, target]) registry.resetRequests();
  t.is((await world.run({ ...between(source, target), containers })).outcome, 'nothing-to-do');
  t.deepEqual(source.requests().counts, { 'HEAD manifest': n });
  t.deepEqual(target.requests().counts, { 'HEAD manifest': n, 'GET manifest': 1, 'GET blob': 1 });

  target.resetRequests();
  t.is((await world.run({ ...between(target, target), containers, tags: 'nightly' })).outcome, 'done');
  const { 'GET manifest': gets = 0, 'PUT manifest': puts, 'HEAD manifest': heads = 0 } = target.requests().counts;
  t.deepEqual([gets - 1, puts, heads - 1], [n, n, n], 'besides the set, and whether the first has the tag already');
  t.is(target.requests().counts['PUT upload'], undefined);
});

test('a run that was cut off in the middle: the next one sends what is missing, and nothing twice', async (t) => {
  const world = await makeWorld(t);
  const source = await world.registry();
  const sent = new Map<string, number>();
  const target = await world.registry({
    onRequest({ method, kind, repository }) {
      if (method === 'PUT' && kind === 'upload') sent.set(repository, (sent.get(repository) ?? 0) + 1);
    },
  });
  await seed(source);
  const inputs = { ...between(source, target), containers: names.join() };
  let uploads = 0;
  target.setFaults(({ method, kind }) =>
    method === 'PUT' && kind === 'upload' && ++uploads > 4 ? { type: 'reset' } : null,
  );
  const cut = await world.run(inputs);
  t.is(cut.outcome, 'waiting', cut.message);
  t.deepEqual(target.tags('ns/openstack-nova-api'), []);
  target.setFaults(null);
  sent.clear();
  const next = await world.run(inputs);
  t.is(next.outcome, 'done', next.message);
  const blobs = [...sent].filter(([repository]) => repository !== 'ns/tagflow-set');
  t.is(
    blobs.reduce((sum, [, count]) => sum + count, 0),
    7 - 4,
  );
});

// README: the source lacks containers: all of them are named, and nothing was written.
test('a set whose digests the source lacks: all are named, and nothing is written', async (t) => {
  const world = await makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const containers = await seed(source);
  const gone = ['x', 'y'].map((name) => ({ name, digest: parseDigest(`sha256:${'0'.repeat(64)}`) }));
  const base = { fullHash: hash, release: 'master', repository: { url: null, builds: [] }, images: [] };
  const set = await world.file('given.json', formatSet({ ...base, containers: [...containers, ...gone] }));
  const result = await world.run({ ...between(source, target), set });
  t.is(result.outcome, 'failed');
  t.is(result.outputs['missing'], 'x,y');
  t.deepEqual(target.repositories(), []);
});

test('a destination that is named twice is invalid', async (t) => {
  const world = await makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  await seed(source);
  const result = await world.run({ ...between(source, target, target), containers: names.join() });
  t.is(result.outcome, 'invalid', result.message);
});

test('every destination is optional and down: that is a failure', async (t) => {
  const world = await makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  await seed(source);
  target.setFaults(() => ({ type: 'reset' }));
  const optional = { 'optional-destinations': `${target.url}/ns` };
  const result = await world.run({ ...between(source, target), containers: names.join(), ...optional });
  t.is(result.outcome, 'failed');
  t.regex(result.message ?? '', /^no destination took the containers: /);
});
