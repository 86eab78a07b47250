import { upgradeKinds } from '@tagflow/featureset';
import test, { type ExecutionContext } from 'ava';
import { inputs } from '../src/inputs.ts';
import { type Bench, bench, type Host, invalidIn, sourced, startHost } from './support.ts';

interface World {
  readonly master: Bench;
  readonly zed: Bench;
  readonly host: Host;
  /** What each label of each release named when it was promoted. */
  readonly hashes: Readonly<Record<string, string>>;
  /** Runs the action on what every job here has in common, and more. */
  run(inputs: Readonly<Record<string, string>>): ReturnType<Bench['run']>;
}

const labels = ['previous-current-tripleo', 'current-tripleo', 'tripleo-ci-testing'];

/** Two releases on one host. Every label of both names another hash. */
async function world(t: ExecutionContext): Promise<World> {
  const master = await bench(t, 'component', { builder: 'centos9-master' });
  const zed = await bench(t, 'component', { builder: 'centos9-zed' });
  const host = await startHost(t, [master.lab, zed.lab]);
  const hashes: Record<string, string> = {};
  for (const [release, { lab, promote, build, run }] of Object.entries({ master, zed })) {
    for (const label of labels) {
      promote(label);
      await build();
    }
    for (const label of [...labels, 'current']) {
      const { outputs } = await run({ 'repos-url': lab.reposUrl, label });
      hashes[`${release}/${label}`] = outputs['full-hash'] ?? '';
    }
  }
  t.is(new Set(Object.values(hashes)).size, 8);
  const common = { release: 'master', distro: 'centos9', 'dlrn-host': host.url };
  return { master, zed, host, hashes, run: (inputs) => master.run({ ...common, ...inputs }) };
}

test('the hashes of an upgrade job: each once, two requests at most, in a file for a shell', async (t) => {
  const { host, hashes, run } = await world(t);
  const { outcome, outputs, summary } = await run({ upgrade: 'standalone-upgrade' });
  t.is(outcome, 'done');
  const release = (name: string) => ({
    [`${name}_RELEASE`]: 'master',
    [`${name}_HASH`]: hashes['master/current-tripleo'],
  });
  t.deepEqual(await sourced(outputs['releases-file']), {
    ...release('UNDERCLOUD_INSTALL'),
    ...release('UNDERCLOUD_TARGET'),
    ...release('OVERCLOUD_DEPLOY'),
    ...release('OVERCLOUD_TARGET'),
    ...release('STANDALONE_TARGET'),
    STANDALONE_TARGET_NEWEST_HASH: hashes['master/current'],
    STANDALONE_DEPLOY_RELEASE: 'zed',
    STANDALONE_DEPLOY_HASH: hashes['zed/current-tripleo'],
    STANDALONE_DEPLOY_NEWEST_HASH: hashes['zed/current'],
  } as unknown);
  t.deepEqual(Object.keys(outputs), ['releases-file']);
  t.regex(summary ?? '', /\| STANDALONE_DEPLOY_RELEASE \| zed \|/);
  const read = host.requests.map(({ path }) => /^\/[^/]+\/[^/]+/.exec(path)?.[0]).toSorted();
  const each = [
    '/centos9-master/current',
    '/centos9-master/current-tripleo',
    '/centos9-zed/current',
    '/centos9-zed/current-tripleo',
  ];
  t.deepEqual(read, [...each, ...each].toSorted() as (string | undefined)[]);
});

const rows: readonly (readonly [inputs: Readonly<Record<string, string>>, Readonly<Record<string, string>>])[] = [
  [
    { upgrade: 'overcloud-upgrade' },
    { OVERCLOUD_DEPLOY_HASH: 'zed/current-tripleo', OVERCLOUD_TARGET_HASH: 'master/current-tripleo' },
  ],
  [
    { upgrade: 'undercloud-upgrade', periodic: 'true' },
    { UNDERCLOUD_INSTALL_HASH: 'zed/current-tripleo', UNDERCLOUD_TARGET_HASH: 'master/tripleo-ci-testing' },
  ],
  [
    { upgrade: 'minor-update' },
    { UNDERCLOUD_INSTALL_HASH: 'master/current-tripleo', OVERCLOUD_TARGET_HASH: 'master/current' },
  ],
  [
    { upgrade: 'minor-update', periodic: 'true' },
    { OVERCLOUD_DEPLOY_HASH: 'master/previous-current-tripleo', OVERCLOUD_TARGET_HASH: 'master/tripleo-ci-testing' },
  ],
  [
    { upgrade: 'overcloud-update' },
    { OVERCLOUD_DEPLOY_HASH: 'master/previous-current-tripleo', OVERCLOUD_TARGET_HASH: 'master/current-tripleo' },
  ],
];

for (const [inputs, expected] of rows) {
  test(`${Object.values(inputs).join(', periodic ')}: ${Object.values(expected).join(' to ')}`, async (t) => {
    const { hashes, run } = await world(t);
    const variables = await sourced((await run(inputs)).outputs['releases-file']);
    t.like(variables, Object.fromEntries(Object.entries(expected).map(([name, label]) => [name, hashes[label]])));
  });
}

test('what a content provider built is not looked up', async (t) => {
  const { host, hashes, run } = await world(t);
  const built = 'ab'.repeat(16);
  const inputs = { upgrade: 'undercloud-upgrade', 'content-provider-hashes': `master:${built};zed:${'c'.repeat(32)}` };
  const variables = await sourced((await run(inputs)).outputs['releases-file']);
  t.like(variables, {
    UNDERCLOUD_INSTALL_HASH: 'c'.repeat(32),
    UNDERCLOUD_TARGET_HASH: built,
    OVERCLOUD_TARGET_HASH: built,
  });
  t.is(variables['STANDALONE_TARGET_NEWEST_HASH'], hashes['master/current']);
  t.is(host.requests.length, 2);
});

test('a minor update goes from what one content provider built to what another one did', async (t) => {
  const { hashes, run } = await world(t);
  const [a, b] = ['a'.repeat(32), 'b'.repeat(32)];
  const rows = [
    [`master:${a};master-current:${b}`, b],
    [`master:${a}`, hashes['master/current'] ?? ''],
  ] as const;
  for (const [provided, target] of rows) {
    const inputs = { upgrade: 'minor-update', 'content-provider-hashes': provided };
    const variables = await sourced((await run(inputs)).outputs['releases-file']);
    t.like(variables, {
      UNDERCLOUD_INSTALL_HASH: a,
      OVERCLOUD_DEPLOY_HASH: a,
      UNDERCLOUD_TARGET_HASH: target,
      OVERCLOUD_TARGET_HASH: target,
    });
  }
});

test('tagflow.yaml says the release and the distro, and not where other releases are', async (t) => {
  const { master, host, run } = await world(t);
  const dlrn = { 'api-url': `${host.url}/api-centos9-master`, 'repos-url': `${host.url}/centos9-master` };
  const config = await master.configure({ dlrn });
  const asked = { config, release: '', distro: '', upgrade: 'overcloud-upgrade' };
  const found = await run(asked);
  t.is(found.outcome, 'done', found.message);
  const elsewhere = await run({ ...asked, 'dlrn-host': '' });
  t.is(elsewhere.outcome, 'invalid');
  t.regex(
    elsewhere.message ?? '',
    /"dlrn-host" is missing: \S+ has its repository at http:\S+\/centos9-master, which does/,
  );
});

test('a release, or a label, that is not there', async (t) => {
  const { zed, host, run } = await world(t);
  const ffu = await run({ upgrade: 'ffu-overcloud-upgrade' });
  t.deepEqual([ffu.outcome, ffu.error?.code], ['failed', 'not-found']);
  t.regex(ffu.message ?? '', /no DLRN repository at \S+\/centos9-wallaby/);
  zed.lab.state.tree.remove('current-tripleo/delorean.repo.md5');
  const label = await run({ upgrade: 'overcloud-upgrade' });
  t.deepEqual([label.outcome, label.error?.code], ['failed', 'nothing-there']);
  t.regex(label.message ?? '', new RegExp(`${host.url}/centos9-zed has no label "current-tripleo"`));
});

const invalid = invalidIn('component');
const master = { release: 'master', distro: 'centos9' };
const upgrade = { ...master, upgrade: 'undercloud-upgrade' };
test('no release', invalid, { upgrade: 'minor-update' }, /"release" is missing/, /"distro" is missing/);
test('an unknown kind', invalid, { ...master, upgrade: 'downgrade' }, /"downgrade" is not one of overcloud-upgrade, /);
test('a release out of order', invalid, { ...upgrade, release: 'queens' }, /"queens" .* expected ussuri, victoria, /);
test('a distro', invalid, { ...upgrade, distro: 'beos' }, /distro "beos"/);
test(
  'a release and a distro',
  invalid,
  { ...upgrade, upgrade: 'minor-update', release: 'Zed', distro: 'beos' },
  /release "Zed" .*distro "beos"/,
);
test(
  'a host with a secret',
  invalid,
  { ...upgrade, 'dlrn-host': 'http://ci@h' },
  /^input "dlrn-host": "http:\/\/\*\*\*@h/,
);
test('rhel without a host', invalid, { ...upgrade, distro: 'rhel9', upgrade: 'minor-update' }, /give dlrn-host/);
test(
  'hashes of nobody',
  invalid,
  { ...upgrade, 'content-provider-hashes': 'master' },
  /holds "master": expected branch:hash/,
);
test(
  'hashes of another release',
  invalid,
  { ...upgrade, 'content-provider-hashes': `train:${'a'.repeat(32)}` },
  /names train, and undercloud-upgrade to master takes those of master and zed/,
);
test(
  'one label',
  invalid,
  { ...upgrade, label: 'current', 'as-of': '2025-01-01' },
  /"label" is of no use/,
  /"as-of" is of no use/,
);
test(
  'no upgrade',
  invalid,
  { 'repos-url': 'http://h', label: 'a', periodic: 'true', 'content-provider-hashes': 'x' },
  /"periodic" is of no use without "upgrade"/,
  /"content-provider-hashes" is of no use without "upgrade"/,
);

test('the input has every kind of upgrade that there is', (t) => {
  t.deepEqual(inputs.upgrade.options, upgradeKinds);
});
