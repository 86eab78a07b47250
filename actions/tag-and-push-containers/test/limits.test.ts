import { formatSet } from '@tagflow/model';
import test from 'ava';
import { between, hash, makeWorld, names, readContainers, readSet, seed } from './world.ts';

// Registries that count, and sets of the size of a release.

test('fewer pulls are left than are needed: waiting, and nothing is written', async (t) => {
  const world = await makeWorld(t);
  const source = await world.registry({ limits: { pulls: { limit: 2, windowSeconds: 21_600 } } });
  const target = await world.registry();
  await seed(source);
  const result = await world.run({ ...between(source, target), containers: names.join() });
  t.is(result.outcome, 'waiting');
  t.regex(
    result.message ?? '',
    /pulls are counted \(1 of 2 left in 6 h\), and 2 more would be needed: nothing was begun$/,
  );
  t.deepEqual(target.repositories(), []);
});

// The run that waits for the quota is the one that should tell it.
test('fewer pulls are left than are needed: the output says how many', async (t) => {
  const world = await makeWorld(t);
  const source = await world.registry({ limits: { pulls: { limit: 2, windowSeconds: 21_600 } } });
  await seed(source);
  const result = await world.run({ ...between(source, await world.registry()), containers: names.join() });
  t.is(result.outputs['ratelimit-remaining'], '1');
});

test('pulls that suffice: the output says how many are left; a run with nothing to copy takes none', async (t) => {
  const world = await makeWorld(t);
  const source = await world.registry({ limits: { pulls: { limit: 10, windowSeconds: 21_600 } } });
  const target = await world.registry();
  await seed(source);
  const inputs = { ...between(source, target), containers: names.join() };
  const result = await world.run(inputs);
  t.is(result.outcome, 'done', result.message);
  t.is(result.outputs['ratelimit-remaining'], '7');
  const again = await world.run(inputs);
  t.is(again.outcome, 'nothing-to-do', again.message);
  t.is(again.outputs['ratelimit-remaining'], '7');
  t.is((await world.run({ ...between(target, target), containers: names.join() })).outputs['ratelimit-remaining'], '');
});

test('digests that a set holds are copied with one pull each, whatever the limit of tags', async (t) => {
  const world = await makeWorld(t);
  const source = await world.registry({ limits: { pulls: { limit: 3, windowSeconds: 21_600 } } });
  const containers = await seed(source);
  const base = { fullHash: hash, release: 'master', repository: { url: null, builds: [] }, images: [] };
  const set = await world.file('given.json', formatSet({ ...base, containers }));
  const result = await world.run({ ...between(source, await world.registry()), set });
  t.is(result.outcome, 'done', result.message);
  t.is(result.outputs['ratelimit-remaining'], '0');
});

// Of a set nothing is read before the copy begins.
test('fewer pulls are left than a set needs: waiting, and nothing is written', async (t) => {
  const world = await makeWorld(t);
  const source = await world.registry({ limits: { pulls: { limit: 2, windowSeconds: 21_600 } } });
  const target = await world.registry();
  const containers = await seed(source);
  const base = { fullHash: hash, release: 'master', repository: { url: null, builds: [] }, images: [] };
  const set = await world.file('given.json', formatSet({ ...base, containers }));
  const result = await world.run({ ...between(source, target), set });
  t.is(result.outcome, 'waiting');
  t.deepEqual(target.repositories(), []);
});

/** How many containers, so that a registry which takes so many requests a minute refuses some. */
const perMinute = 60;
const some = Array.from({ length: 40 }, (_, index) => `service-${index}`);

for (const retryAfter of ['seconds', 'date', 'x-retry-after'] as const) {
  test(`so many requests a minute (Retry-After: ${retryAfter}): it waits as it is asked, and is done`, async (t) => {
    const world = await makeWorld(t);
    const source = await world.registry();
    const target = await world.registry({ limits: { perMinute, retryAfter } });
    await seed(source, { names: some });
    const result = await world.run({ ...between(source, target), containers: some.join() });
    t.is(result.outcome, 'done', result.message);
    t.is(result.outputs['copied'], '40');
    const asked = source.requests().total + target.requests().total;
    const refused = asked - Number(result.outputs['requests']);
    t.true(refused > 0);
    // What was on its way together is refused together, once a minute; then all wait.
    const minutes = Math.ceil(asked / perMinute);
    t.true(refused / minutes < 16, `${refused} of ${asked} refused in ${minutes} minutes`);
  });
}

test('so many requests a minute, and no word of when: waiting, and the same command goes on later', async (t) => {
  const world = await makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  await seed(source, { names: some });
  const inputs = { ...between(source, target), containers: some.join() };
  let left = perMinute;
  target.setFaults(() => (left-- > 0 ? null : { type: 'status', status: 429 }));
  const result = await world.run(inputs);
  t.is(result.outcome, 'waiting');
  t.regex(result.message ?? '', /429 TOOMANYREQUESTS/);
  t.is(result.error?.next, 'Run the same command later: what was done already is skipped.');
  target.setFaults(null);
  t.is((await world.run(inputs)).outcome, 'done');
});

test('150 containers to two registries: names, set and report are files', async (t) => {
  const world = await makeWorld(t);
  const [source, first, second] = [await world.registry(), await world.registry(), await world.registry()];
  const many = Array.from({ length: 150 }, (_, index) => `service-with-a-long-name-${1000 + index}`);
  await seed(source, { names: many });
  const containers = await world.file(
    'containers-built.log',
    many.map((name) => `openstack-${name} ${hash}\n`).join(''),
  );
  const inputs = { ...between(source, first, second), containers };
  const result = await world.run({ ...inputs, tags: 'nightly' });
  t.is(result.outcome, 'done', result.message);
  t.like(result.outputs, { copied: '300', tagged: '300', missing: '' });
  for (const [name, value] of Object.entries(result.outputs)) t.true(value.length < 1000, name);
  t.true((result.message ?? '').length < 1000);
  t.is((await readContainers(result)).containers.length, 150);
  t.is((await readSet(result)).containers.length, 150);
  for (const target of [first, second]) t.is(target.repositories().length, 151);

  // What the action left is what the next job gets.
  const again = await world.run({ ...between(source, first, second), set: result.outputs['set'] ?? '' });
  t.is(again.outcome, 'nothing-to-do', again.message);
});

test('many containers that are missing are all in the output', async (t) => {
  const world = await makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  await seed(source);
  const many = Array.from({ length: 150 }, (_, index) => `service-${1000 + index}`);
  const result = await world.run({ ...between(source, target), containers: [...names, ...many].join() });
  t.is(result.outcome, 'failed');
  t.deepEqual((result.outputs['missing'] ?? '').split(','), many);
  t.deepEqual(target.repositories(), []);
});
