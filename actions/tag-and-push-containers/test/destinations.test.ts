import { createLabBuilder, createVirtualClock, type LabRegistry, promoteOne, startLabDlrn } from '@tagflow/lab';
import { fullHashOfCommit } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { between, configOf, hash, makeWorld, names, readContainers, seed } from './world.ts';

// Where containers go: several destinations, required and optional, and what is foretold of them.

const down = (registry: LabRegistry): void => registry.setFaults(() => ({ type: 'reset' }));
const withOptional = 'source: rdo, destinations: [rdo, docker], optional: [docker]';
const staged = { phase: 'upstream', 'full-hash': hash, containers: names.join() };

/** Containers in rdo, whose config says that docker is optional; docker is down. */
async function makeWorldWithOptional(t: ExecutionContext) {
  const world = await makeWorld(t);
  const [rdo, docker] = [await world.registry(), await world.registry()];
  await seed(rdo);
  const config = await world.file('tagflow.yaml', configOf(rdo, docker, { containers: withOptional }));
  down(docker);
  return { world, rdo, docker, config };
}

test('config says that docker is optional and it is down: done, with a warning and a debt; a later run brings it', async (t) => {
  const { world, rdo, docker, config } = await makeWorldWithOptional(t);
  const result = await world.run({ config, ...staged, tags: 'nightly' });
  t.is(result.outcome, 'done', result.message);
  t.deepEqual(rdo.tags('ns/openstack-base'), [hash, 'nightly'].sort());
  const debt = new RegExp(`^${docker.host}/ns \\(optional\\) is owed the set: .*\\(ECONNRESET\\)$`);
  t.regex(result.outputs['debts'] ?? '', debt);
  const { destinations } = await readContainers(result);
  t.deepEqual(
    destinations.map(({ place, isOptional }) => [place, isOptional]),
    [
      [`${rdo.host}/ns`, false],
      [`${docker.host}/ns`, true],
    ],
  );
  t.regex(destinations[1]?.debt ?? '', debt);
  t.regex(result.summary ?? '', /\| .* \(optional\) is owed the set: /);

  docker.setFaults(null);
  const later = await world.run({ config, ...staged });
  t.is(later.outcome, 'done', later.message);
  t.is(later.outputs['debts'], '');
  t.is(later.outputs['copied'], '3');
});

test('an optional destination that is down is one warning', async (t) => {
  const { world, config } = await makeWorldWithOptional(t);
  await world.run({ config, ...staged });
  t.is(world.warnings.length, 1, world.warnings.join('\n'));
});

// README: nothing-to-do means that what was asked for holds, read back.
test('while an optional destination is owed something, there is something to do', async (t) => {
  const { world, config } = await makeWorldWithOptional(t);
  await world.run({ config, ...staged });
  const again = await world.run({ config, ...staged });
  t.not(again.outputs['debts'], '');
  t.not(again.outcome, 'nothing-to-do');
});

// Whoever reads the set by its hash finds it from then on.
test('a set that is published is something done, though no container was copied', async (t) => {
  const world = await makeWorld(t);
  const rdo = await world.registry();
  await seed(rdo);
  const inputs = { ...between(rdo, rdo), containers: names.join() };
  const dryRun = await world.run({ ...inputs, 'dry-run': 'true' });
  const result = await world.run(inputs);
  t.deepEqual(rdo.tags('ns/tagflow-set'), [hash]);
  t.deepEqual([dryRun.outcome, result.outcome], ['planned', 'done']);
});

test('a required destination that is down: waiting; what it should get is nowhere tagged', async (t) => {
  const world = await makeWorld(t);
  const [source, good, bad] = [await world.registry(), await world.registry(), await world.registry()];
  await seed(source);
  down(bad);
  const inputs = { ...between(source, good, bad), containers: names.join(), tags: 'nightly' };
  const result = await world.run(inputs);
  t.is(result.outcome, 'waiting');
  t.regex(result.message ?? '', new RegExp(bad.host));
  t.deepEqual(good.repositories(), []);
  bad.setFaults(null);
  t.is((await world.run(inputs)).outcome, 'done');
});

test('no tag in any destination before every container is in all of them', async (t) => {
  const world = await makeWorld(t);
  const [source, good, bad] = [await world.registry(), await world.registry(), await world.registry()];
  await seed(source);
  bad.setFaults(({ method, kind }) =>
    method === 'PUT' && kind === 'manifest' ? { type: 'status', status: 500 } : null,
  );
  const result = await world.run({ ...between(source, good, bad), containers: names.join(), tags: 'nightly' });
  t.is(result.outcome, 'failed');
  t.deepEqual(good.tags('ns/openstack-base'), [hash]);
});

test('a dry run lists every write, and writes nothing', async (t) => {
  const world = await makeWorld(t);
  const [source, first, second] = [await world.registry(), await world.registry(), await world.registry()];
  const [base, heat] = await seed(source, { names: ['base', 'heat-api'] });
  await world.run({ ...between(source, second), containers: 'base' });
  const inputs = { ...between(source, first, second), containers: 'base, heat-api', tags: 'nightly' };
  const result = await world.run({ ...inputs, 'dry-run': 'true' });
  t.is(result.outcome, 'planned', result.message);
  t.like(result.outputs, { copied: '3', tagged: '4', debts: '' });
  const copy = (to: LabRegistry, name: string, digest = '') =>
    `copy ${source.host}/ns/openstack-${name}@${digest} to ${to.host}/ns/openstack-${name}:${hash}`;
  const tag = (to: LabRegistry, name: string, digest = '') => `tag ${to.host}/ns/openstack-${name}:nightly → ${digest}`;
  const publish = (to: LabRegistry) => `publish the set as ${to.host}/ns/tagflow-set:${hash}`;
  const writes = (await readContainers(result)).destinations.map((one) => one.writes);
  const tags = (to: LabRegistry) => [tag(to, 'base', base?.digest), tag(to, 'heat-api', heat?.digest)];
  t.deepEqual(writes, [
    [copy(first, 'base', base?.digest), copy(first, 'heat-api', heat?.digest), publish(first), ...tags(first)],
    [copy(second, 'heat-api', heat?.digest), publish(second), ...tags(second)],
  ]);
  for (const write of writes.flat()) t.true(world.said.includes(write), write);
  t.deepEqual(first.repositories(), []);
  t.deepEqual(second.repositories(), ['ns/openstack-base', 'ns/tagflow-set']);

  t.like(await world.run(inputs), { outcome: 'done', outputs: { copied: '3', tagged: '4' } }, 'what was foretold');
  t.is((await world.run({ ...inputs, 'dry-run': 'true' })).outcome, 'nothing-to-do');
});

test('a dry run that meets an optional destination which is down foretells the others', async (t) => {
  const world = await makeWorld(t);
  const [source, good, bad] = [await world.registry(), await world.registry(), await world.registry()];
  await seed(source);
  down(bad);
  const inputs = { ...between(source, good, bad), containers: names.join(), 'optional-destinations': `${bad.url}/ns` };
  const result = await world.run({ ...inputs, 'dry-run': 'true' });
  t.is(result.outcome, 'planned', result.message);
  t.regex(result.outputs['debts'] ?? '', new RegExp(`^${bad.host}/ns `));
});

for (const like of ['harbor', 'quay', 'ecr'] as const) {
  test(`a tag that ${like} never moves is reported; the containers are there`, async (t) => {
    const world = await makeWorld(t);
    const source = await world.registry();
    const target = await world.registry({ immutable: { tags: /^nightly$/, like } });
    await seed(source);
    await seed(target, { names: ['base'], tag: 'nightly', salt: 'old' });
    const result = await world.run({ ...between(source, target), containers: names.join(), tags: 'nightly' });
    t.is(result.outcome, 'failed');
    t.regex(result.message ?? '', /openstack-base:nightly.*immutable/);
    t.regex(result.error?.next ?? '', /immutable, or promote to another tag/);
    t.deepEqual(target.tags('ns/openstack-heat-api').includes(hash), true);
  });
}

test('a hash that is published otherwise is refused before anything is written', async (t) => {
  const world = await makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  await seed(source);
  await seed(target, { names: ['base'], salt: 'another build' });
  const result = await world.run({ ...between(source, target), containers: names.join() });
  t.is(result.outcome, 'failed');
  t.is(result.error?.code, 'published-differently');
  t.deepEqual(target.repositories(), ['ns/openstack-base']);
});

/** A DLRN whose current-tripleo names a hash that rdo has and docker, which is optional, not yet. */
test('the next phase does not read from a destination that is owed something: waiting, and who pays', async (t) => {
  const world = await makeWorld(t);
  const clock = createVirtualClock('2026-01-01T00:00:00Z');
  const project = { name: 'openstack-tripleo-common', component: 'tripleo' };
  const dlrn = await startLabDlrn({ clock, mode: 'classic', projects: [project] });
  t.teardown(() => dlrn.close());
  const row = createLabBuilder({ dlrn: dlrn.state, clock, seed: 'next' }).build();
  promoteOne(dlrn.state, { ...row, extendedHash: null, label: 'current-tripleo' }, 'ciuser');
  const fullHash = fullHashOfCommit(row);

  const [rdo, docker] = [await world.registry(), await world.registry()];
  await seed(rdo, { tag: fullHash });
  const next = 'containers: {source: docker, destinations: [rdo]}';
  const config = await world.file('tagflow.yaml', configOf(rdo, docker, { containers: withOptional, dlrn, next }));
  const at = { config, 'full-hash': fullHash };
  down(docker);
  await world.run({ ...at, phase: 'upstream', containers: names.join() });
  docker.setFaults(null);
  const early = await world.run({ ...at, phase: 'rdo-phase-1' });
  t.is(early.outcome, 'waiting', early.message);
  t.is(early.message, `registry docker owes current-tripleo: 3 of 3 tags are not those of ${fullHash}`);
  t.is(early.error?.next, 'Pay first: promote-symlink for phase upstream.');

  // As promote-symlink pays: the containers, their set, and the label's tags.
  const paid = await world.run({ ...at, phase: 'upstream', containers: names.join() });
  t.is(paid.outcome, 'done', paid.message);
  for (const name of names) {
    const repository = `ns/openstack-${name}`;
    docker.moveTag(repository, 'current-tripleo', docker.manifest(repository, fullHash)?.digest ?? null);
  }
  const later = await world.run({ ...at, phase: 'rdo-phase-1' });
  t.is(later.outcome, 'nothing-to-do', later.message);
});

const releases = [
  { release: 'master', path: 'master', docker: 'tripleomaster', pattern: 'centos-binary-{name}' },
  { release: 'pike', path: 'pike', docker: 'tripleopike', pattern: 'openstack-{name}-docker' },
];
test('two releases in the same registries: namespaces and names of their own', async (t) => {
  const world = await makeWorld(t);
  const [trunk, docker] = [await world.registry(), await world.registry()];
  for (const { release, path, docker: namespace, pattern } of releases) {
    await seed(trunk, { repository: `${path}/${pattern}`, salt: release });
    const text = configOf(trunk, docker, { containers: 'source: rdo, destinations: [docker]' })
      .replace('release: master', `release: ${release}`)
      .replace(`${trunk.url}/ns", names: "openstack-{name}`, `${trunk.url}/${path}", names: "${pattern}`)
      .replace(
        `${docker.url}/ns", names: "openstack-{name}`,
        `${docker.url}/${namespace}", names: "centos-binary-{name}`,
      );
    const config = await world.file(`${release}.yaml`, text);
    const result = await world.run({ config, ...staged });
    t.is(result.outcome, 'done', result.message);
  }
  t.deepEqual(docker.repositories(), [
    ...['tripleomaster/centos-binary-base', 'tripleomaster/centos-binary-heat-api'],
    ...['tripleomaster/centos-binary-nova-api', 'tripleomaster/tagflow-set'],
    ...['tripleopike/centos-binary-base', 'tripleopike/centos-binary-heat-api'],
    ...['tripleopike/centos-binary-nova-api', 'tripleopike/tagflow-set'],
  ]);
  const digest = (registry: LabRegistry, repository: string) => registry.manifest(repository, hash)?.digest;
  t.is(digest(docker, 'tripleopike/centos-binary-base'), digest(trunk, 'pike/openstack-base-docker'));
  t.not(digest(docker, 'tripleopike/centos-binary-base'), digest(docker, 'tripleomaster/centos-binary-base'));
});
