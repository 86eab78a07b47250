import { fileURLToPath } from 'node:url';
import test from 'ava';
import {
  compose,
  type EnvironmentType,
  explainVariables,
  factsLayer,
  featuresetPath,
  FeaturesetError,
  flagsOf,
  type Layer,
  layerKinds,
  openFeaturesetSource,
  overrideLayer,
  planDefaults,
  planMatrix,
  readJobLayers,
  readVariables,
  type Value,
} from '../src/index.ts';

const nearest = () => null;

function layer(kind: Layer['kind'], values: Readonly<Record<string, Value>>): Layer {
  return { kind, name: `${kind}.yml`, values: new Map(Object.entries(values)) };
}

test('each layer wins over those before it, in whatever order they come', (t) => {
  t.deepEqual(layerKinds, [
    ...(['release', 'nodes', 'common', 'featureset', 'environment', 'cloud'] as const),
    ...(['role', 'override', 'facts', 'extra'] as const),
  ]);
  for (const [index, kind] of layerKinds.entries()) {
    const present = layerKinds.slice(0, index + 1).map((each) => layer(each, { a: each }));
    const composition = compose(present.toReversed());
    t.is(composition.value('a'), kind);
    t.deepEqual(
      composition.explain('a').map(({ from }) => from),
      layerKinds.slice(0, index + 1).map((each) => `${each}.yml`),
    );
  }
});

test('a variable is replaced whole, and its template sees what wins', (t) => {
  const composition = compose([
    layer('release', { map: { a: 1, b: 2 }, name: 'x-{{ which }}', which: 'release' }),
    layer('featureset', { map: { a: 3 }, which: 'featureset' }),
  ]);
  t.deepEqual(composition.value('map'), { a: 3 });
  t.is(composition.value('name'), 'x-featureset');
  t.is(composition.value('none'), undefined);
  t.deepEqual(composition.names, ['map', 'name', 'which']);
  t.is(
    explainVariables(composition, ['which', 'none']),
    [
      'which: "featureset"',
      '  release, release.yml: "release"',
      '  featureset, featureset.yml: "featureset"',
      'none: not set',
    ].join('\n'),
  );
});

test('variables that need each other are named, and the line that is wrong', (t) => {
  const lines = new Map([
    ['a', 1],
    ['c', 7],
  ]);
  const composition = compose([
    {
      ...layer('featureset', { a: '{{ b }}', b: '{{ c }}', c: '{{ a }}', d: '{{ e }}', e: '{{ f | bool }}', ok: 1 }),
      lines,
    },
  ]);
  t.throws(() => composition.value('a'), {
    ...{
      instanceOf: FeaturesetError,
      code: 'bad-expression',
      message: 'featureset.yml:1: a → b → c → a goes in a circle',
    },
  });
  t.throws(() => composition.value('d'), { message: 'featureset.yml: e: "f" is not defined' });
  const { values, problems } = composition.all();
  t.deepEqual([...values], [['ok', 1]]);
  t.deepEqual([...problems.keys()], ['a', 'b', 'c', 'd', 'e']);
});

const source = openFeaturesetSource(
  { from: fileURLToPath(new URL('../examples', import.meta.url)), commit: null, cache: null },
  {
    exec: () => Promise.reject(new Error('nothing is to be run')),
    random: () => 0,
    api: { request: () => Promise.reject(new Error('nothing is to be asked')) },
  },
);

async function example(
  featureset: string,
  release: string,
  environment: EnvironmentType,
  nodes: string,
  cloud?: string,
) {
  const file = await readVariables(source, featuresetPath(featureset), nearest);
  const [job] = planMatrix(
    {
      featuresets: [featureset],
      releases: [release],
      nodes: [nodes],
      distros: [release === 'train' ? 'centos8' : 'centos9'],
      environment,
    },
    { ...planDefaults, flags: new Map([[featureset, flagsOf(file.values)]]) },
  );
  const { layers, warnings } = await readJobLayers({ job: job!, source, testenv: null, cloud: cloud ?? null, nearest });
  const composition = compose([...layers, factsLayer(job!, true, '/home/zuul')]);
  return { composition, warnings, ...composition.all() };
}

const everywhere = {
  release: 'master',
  distro_ver: 'centos9',
  dlrn_hash_tag: 'tripleo-ci-testing',
  validate_on: 'rdo',
};
const scenario = (number: string) => ({
  ...everywhere,
  ...{ composable_scenario: `scenario00${number}-multinode-containers.yaml`, containerized_overcloud: true },
  ...{ deploy_multinode: true, network_isolation: false, deployed_server: false, deploy_steps_ansible_workflow: true },
  ...{ config_download_args: '-e /home/zuul/config-download.yaml --disable-validations', tempest_workers: 1 },
});
const examples: readonly (readonly [string, EnvironmentType, Readonly<Record<string, Value>>])[] = [
  [
    '001',
    'ovb',
    {
      ...everywhere,
      ...{
        ssl_overcloud: true,
        network_isolation_type: 'multiple-nics',
        enable_pacemaker: true,
        baremetal_provision: true,
      },
      ...{ undercloud_enable_nova: false, tempest_allowed_group: 'featureset001_periodic', node_count: 4 },
      ...{ undercloud_undercloud_hostname: 'undercloud.localdomain', ephemeral_heat_args: '--heat-type pod' },
      overcloud_image_url:
        'https://images.rdoproject.org/centos9/master/rdo_trunk/tripleo-ci-testing/overcloud-full.tar',
    },
  ],
  ['002', 'ovb', { ...everywhere, to_build: true, ssl_overcloud: true, tempest_allowed_group: 'featureset002' }],
  [
    '010',
    'multinode',
    { ...everywhere, composable_scenario: 'multinode-containers.yaml', containerized_undercloud: true, mtu: 1350 },
  ],
  ['016', 'multinode', scenario('1')],
  ['017', 'multinode', scenario('2')],
  ['018', 'multinode', scenario('3')],
  ['019', 'multinode', scenario('4')],
  ['020', 'ovb', { ...everywhere, ssl_overcloud: false, test_regex: '.*', network_isolation: true }],
  ['023', 'ovb', { ...everywhere, step_overcloud_image: true, step_glance_upload: false, use_os_tempest: false }],
  [
    '035',
    'ovb',
    {
      ...{ ...everywhere, overcloud_ipv6: true, ssl_overcloud: true },
      network_isolation_args:
        '--networks-file /usr/share/openstack-tripleo-heat-templates/ci/network_data_v6.yaml --vip-file /usr/share/openstack-tripleo-heat-templates/ci/vip_data_v6.yaml',
    },
  ],
  [
    '052',
    'standalone',
    {
      ...{ ...everywhere, tempest_workers: 2, use_os_tempest: true, tempest_allowed_group: 'featureset052_periodic' },
      ...{ vxlan_networking: true, deploy_multinode: true, update_containers: false },
    },
  ],
];
for (const [featureset, environment, expected] of examples) {
  test(`the example of featureset ${featureset}`, async (t) => {
    const { values, problems, warnings } = await example(featureset, 'master', environment, '3ctlr_1comp');
    t.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, values.get(name)])), expected);
    t.deepEqual([...problems], []);
    t.deepEqual(warnings, []);
  });
}

test('the examples of releases', async (t) => {
  const namespaces = ['wallaby', 'train'].map(async (release) => {
    const { values, problems } = await example('001', release, 'ovb', '1ctlr_2comp');
    t.deepEqual([...problems], []);
    const { docker_registry_namespace: namespace, baremetal_provision, ephemeral_heat } = Object.fromEntries(values);
    return [namespace, baremetal_provision, ephemeral_heat, values.get('node_count')];
  });
  t.deepEqual(await Promise.all(namespaces), [
    ['tripleowallabycentos9', true, true, 3],
    ['tripleotraincentos8', false, false, 3],
  ]);
});

test('a hash stands in for the label, in its own directory', async (t) => {
  const { composition } = await example('010', 'master', 'multinode', '1ctlr');
  const urlOf = (value: Value | undefined) => (value as readonly { readonly down_url: string }[])[0]?.down_url;
  t.is(
    urlOf(composition.value('repos')),
    'https://trunk.rdoproject.org/centos9-master/tripleo-ci-testing/delorean.repo',
  );
  const [job] = planMatrix(
    { featuresets: ['010'], releases: ['master'], nodes: ['1ctlr'], distros: ['centos9'], environment: 'multinode' },
    { ...planDefaults, flags: new Map() },
  );
  const { layers } = await readJobLayers({ job: job!, source, testenv: null, cloud: null, nearest });
  const hash = 'ab12'.repeat(8);
  const pinned = compose([...layers, overrideLayer(new Map([['dlrn_hash_tag', hash]]))]);
  t.is(
    urlOf(pinned.value('repos')),
    `https://trunk.rdoproject.org/centos9-master/tripleo-ci-testing/ab/12/${hash}/delorean.repo`,
  );
  t.deepEqual(
    pinned.explain('dlrn_hash_tag').map(({ from }) => from),
    ['config/release/tripleo-ci/CentOS-9/promotion-testing-hash-master.yml:10', 'featureset_override'],
  );
});

test('the file of a cloud wins over that of the environment; what is not there is told', async (t) => {
  const { values, composition } = await example('010', 'master', 'multinode', '1ctlr', 'vexxhost');
  t.is(values.get('cloudenv'), 'vexxhost');
  t.deepEqual(
    composition.explain('cloudenv').map(({ kind }) => kind),
    ['environment', 'cloud'],
  );
  const { warnings } = await example('010', 'master', 'multinode', '1ctlr', 'psi');
  t.regex(warnings.join('\n'), /^config\/environments\/multinode-psi\.yml is not in .*examples: nothing is known/);
  await t.throwsAsync(() => example('010', 'master', 'multinode', '9ctlr'), {
    ...{ instanceOf: FeaturesetError, code: 'no-file', message: /^config\/nodes\/9ctlr\.yml is not in / },
  });
});
