import { createLabBuilder, createVirtualClock, directoryOf, startLabDlrn } from '@tagflow/lab';
import { parseFullHash } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { between, configOf, hash, makeWorld, names, readContainers, seed, type World } from './world.ts';

// Which containers belong to a hash.

const tripleoList = `container_images:
- image_source: tripleo
  imagename: quay.io/tripleomaster/openstack-base:current-tripleo
- image_source: kolla
  imagename: quay.io/tripleomaster/openstack-nova-api:current-tripleo
- image_source: ceph
  imagename: quay.io/ceph/daemon:v6.0
`;

/** Returns the addresses of a hash that a DLRN has built, and the commit of tripleo-common in it. */
async function startBuilt(t: ExecutionContext) {
  const clock = createVirtualClock('2026-01-01T00:00:00Z');
  const project = { name: 'openstack-tripleo-common', component: 'tripleo' };
  const dlrn = await startLabDlrn({ clock, mode: 'classic', projects: [project] });
  t.teardown(() => dlrn.close());
  const row = createLabBuilder({ dlrn: dlrn.state, clock, seed: 'built' }).build();
  return { sha: row.commitHash, repoUrl: `${dlrn.reposUrl}/${directoryOf(row)}` };
}

test("tripleo-common's list at the Source Sha of versions.csv", async (t) => {
  const world = await makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  await seed(source);
  const { sha, repoUrl } = await startBuilt(t);
  const lists = await world.serve({ [`/${sha}/tripleo_containers.yaml`]: tripleoList });
  const result = await world.run({
    ...between(source, target),
    'containers-from': 'tripleo-common',
    'repo-url': repoUrl,
    'tripleo-list-url': `${lists}/{sha}/tripleo_containers.yaml`,
  });
  t.is(result.outcome, 'done', result.message);
  const why = `tripleo_containers.yaml at ${sha.slice(0, 8)}`;
  const { containers, excluded } = await readContainers(result);
  t.deepEqual(
    containers.map(({ name, why: said }) => [name, said]),
    [
      ['base', why],
      ['nova-api', why],
    ],
  );
  t.deepEqual(excluded, [{ name: 'daemon', why: `${why}: image_source ceph` }]);
  t.deepEqual(target.repositories(), ['ns/openstack-base', 'ns/openstack-nova-api', 'ns/tagflow-set']);
});

const versions = (
  row: string,
) => `Project,Source Repo,Source Sha,Dist Repo,Dist Sha,Status,Last Success Timestamp,Component,Pkg NVR
${row}
`;
const badTrees: readonly (readonly [what: string, files: Readonly<Record<string, string>>, said: RegExp])[] = [
  ['no versions.csv', {}, /\/versions\.csv is not there$/],
  [
    'another package alone',
    { '/versions.csv': versions('nova,u,abc,u,abc,SUCCESS,1,None,nova-1') },
    /\/versions\.csv has no Source Sha of openstack-tripleo-common$/,
  ],
  [
    'no list at that commit',
    { '/versions.csv': versions(`openstack-tripleo-common,u,${'a'.repeat(40)},u,abc,SUCCESS,1,None,n-1`) },
    /tripleo-common has no list\.yaml at its commit a{40}: 404 of /,
  ],
];
for (const [what, files, said] of badTrees) {
  test(`tripleo-common, ${what}: told, and no registry is asked for containers`, async (t) => {
    const world = await makeWorld(t);
    const [source, target] = [await world.registry(), await world.registry()];
    const tree = await world.serve(files);
    const from = {
      'containers-from': 'tripleo-common',
      'repo-url': tree,
      'tripleo-list-url': `${tree}/{sha}/list.yaml`,
    };
    const result = await world.run({ ...between(source, target), ...from });
    t.regex(result.outcome, /^(?:invalid|failed)$/);
    t.regex(result.message ?? '', said);
    t.is(source.requests().total + target.requests().total, 0);
  });
}

test('a namespace: every repository whose name fits; the sets that we publish there are none', async (t) => {
  const world = await makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  await seed(source);
  await seed(source, { repository: 'elsewhere/openstack-{name}', names: ['other'] });
  await seed(source, { repository: 'ns/deeper/openstack-{name}', names: ['other'] });
  await seed(source, { repository: 'ns/{name}', names: ['tools', 'tagflow-set'] });
  const result = await world.run({ ...between(source, target), 'containers-from': 'namespace' });
  t.is(result.outcome, 'done', result.message);
  const { containers, excluded } = await readContainers(result);
  t.deepEqual(
    containers.map(({ name }) => name),
    names,
  );
  t.is(containers[0]?.why, `namespace ${source.host}/ns`);
  t.deepEqual(excluded, [{ name: 'tools', why: 'its name does not fit the name-pattern' }]);
});

test('a namespace that the registry does not list is invalid, with what to give instead', async (t) => {
  const world = await makeWorld(t);
  const source = await world.registry({ catalog: false });
  const result = await world.run({ ...between(source, source), 'containers-from': 'namespace' });
  t.is(result.outcome, 'invalid');
  t.regex(result.error?.next ?? '', /Give containers, such as the containers-built\.log/);
});

test('the address of a list', async (t) => {
  const world = await makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  await seed(source);
  const logs = await world.serve({ '/build/containers-built.log': names.map((name) => `${name} ${hash}\n`).join('') });
  const result = await world.run({ ...between(source, target), containers: `${logs}/build/containers-built.log` });
  t.is(result.outcome, 'done', result.message);
  t.is(result.outputs['copied'], '3');
  t.is((await readContainers(result)).containers[0]?.why, 'containers-built.log line 1');
});

const published = async (world: World) => {
  const [built, source, target] = [await world.registry(), await world.registry(), await world.registry()];
  await seed(built);
  await world.run({ ...between(built, source), containers: names.join() });
  return { source, target };
};

test('the set that the source has published for the hash, pinned: its tags are not asked for', async (t) => {
  const world = await makeWorld(t);
  const { source, target } = await published(world);
  const moved = source.manifest('ns/openstack-base', hash)?.digest;
  await seed(source, { names: ['base'], salt: 'moved on' });
  const result = await world.run({ ...between(source, target), 'containers-from': 'set' });
  t.is(result.outcome, 'done', result.message);
  t.is(target.manifest('ns/openstack-base', hash)?.digest, moved);
  t.is((await readContainers(result)).containers[0]?.why, `set of ${hash} in ${source.host}/ns`);
});

test('of a set, include and exclude leave a part', async (t) => {
  const world = await makeWorld(t);
  const { source, target } = await published(world);
  const result = await world.run({ ...between(source, target), include: '*-api', exclude: 'nova-api: not yet' });
  t.is(result.outcome, 'done', result.message);
  t.deepEqual(target.repositories(), ['ns/openstack-heat-api', 'ns/tagflow-set']);
});

const choices: readonly {
  readonly what: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly taken: readonly string[];
  readonly out?: readonly (readonly [name: string, why: string])[];
  readonly warnings?: readonly string[];
}[] = [
  {
    what: 'exclude with a reason, by the name of the repository',
    inputs: { exclude: 'openstack-heat-api: not built for centos9' },
    taken: ['base', 'nova-api'],
    out: [['heat-api', 'not built for centos9']],
  },
  {
    what: 'exclude by a form',
    inputs: { exclude: '*-api' },
    taken: ['base'],
    out: [
      ['heat-api', 'exclude *-api'],
      ['nova-api', 'exclude *-api'],
    ],
  },
  {
    what: 'include',
    inputs: { include: 'base' },
    taken: ['base'],
    out: [
      ['heat-api', 'not in include'],
      ['nova-api', 'not in include'],
    ],
  },
  {
    what: 'exclude wins over include',
    inputs: { include: 'base, heat-api', exclude: 'base: why' },
    taken: ['heat-api'],
    out: [
      ['base', 'why'],
      ['nova-api', 'not in include'],
    ],
  },
  {
    what: 'a name that was written wrong is a warning',
    inputs: { exclude: 'nova-apl: typo' },
    taken: names,
    warnings: ['exclude: "nova-apl" fits none of the 3 containers'],
  },
];
for (const { what, inputs, taken, out = [], warnings = [] } of choices) {
  test(`a choice: ${what}`, async (t) => {
    const world = await makeWorld(t);
    const [source, target] = [await world.registry(), await world.registry()];
    await seed(source);
    const result = await world.run({ ...between(source, target), containers: names.join(), ...inputs });
    t.is(result.outcome, 'done', result.message);
    const file = await readContainers(result);
    t.deepEqual(
      file.containers.map(({ name }) => name),
      taken,
    );
    t.deepEqual(
      file.excluded.map(({ name, why }) => [name, why]),
      out.map(([name, why]) => [name, why]),
    );
    t.deepEqual(file.warnings, warnings);
    t.deepEqual(world.warnings, warnings);
    for (const [name, why] of out) t.regex(result.summary ?? '', new RegExp(`- ${name}: ${why.replace('*', '\\*')}`));
  });
}

test("what the phase excludes is left out besides the input's, each with its reason", async (t) => {
  const world = await makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  await seed(source);
  const containers = 'source: rdo, destinations: [docker], exclude: {heat-api: bug 1}';
  const config = await world.file('tagflow.yaml', configOf(source, target, { containers }));
  const more = { 'full-hash': hash, containers: names.join(), exclude: 'nova-api' };
  const result = await world.run({ config, phase: 'upstream', ...more });
  t.is(result.outcome, 'done', result.message);
  t.deepEqual((await readContainers(result)).excluded, [
    { name: 'heat-api', why: 'bug 1' },
    { name: 'nova-api', why: 'exclude nova-api' },
  ]);
});

test('nothing is left: invalid, and no registry is asked', async (t) => {
  const world = await makeWorld(t);
  const registry = await world.registry();
  const result = await world.run({ ...between(registry, registry), containers: 'base', exclude: '*: all' });
  t.is(result.outcome, 'invalid');
  t.regex(result.message ?? '', /none of the 1 named containers is left: an empty set is never promoted/);
  t.is(registry.requests().total, 0);
});

test('a list of another build is refused', async (t) => {
  const world = await makeWorld(t);
  const registry = await world.registry();
  const other = parseFullHash('f'.repeat(32));
  const containers = await world.file('containers-built.log', names.map((name) => `${name} ${other}\n`).join(''));
  const result = await world.run({ ...between(registry, registry), containers });
  t.is(result.outcome, 'invalid');
  t.regex(result.message ?? '', new RegExp(other));
  t.is(registry.requests().total, 0);
});
