import test from 'ava';
import {
  FeaturesetError,
  type FeaturesetFlags,
  flagsOf,
  type JobReleases,
  needsReleasesFile,
  overridable,
  overrideLayer,
  parseEnvironment,
  previousRelease,
  releasesOf,
  type Value,
} from '../src/index.ts';
import { environmentSteps } from '../src/quickstart/environments.ts';

function flags(...names: readonly string[]): FeaturesetFlags {
  return flagsOf(new Map(names.map((name) => [name, true])));
}

const multinode = [
  ...['quickstart.yml', 'multinode-undercloud.yml', 'multinode-overcloud-prep.yml', 'multinode-overcloud.yml'],
  ...['multinode-overcloud-update.yml', 'multinode-overcloud-upgrade.yml', 'multinode-validate.yml'],
];
const multinodeTags =
  'build,undercloud-setup,undercloud-scripts,undercloud-install,undercloud-post-install,tripleo-validations,' +
  'overcloud-scripts,overcloud-prep-config,overcloud-prep-containers,overcloud-deploy,overcloud-post-deploy,' +
  'overcloud-validate';
const identity = [
  ...['ovb-setup.yml', 'baremetal-full-freeipa.yml', 'baremetal-full-undercloud.yml'],
  ...['baremetal-full-overcloud-prep.yml', 'baremetal-full-overcloud.yml', 'baremetal-full-overcloud-validate.yml'],
];
const standaloneUpgrade = ['quickstart.yml', 'multinode-standalone.yml', 'multinode-standalone-upgrade.yml'];

const environments: readonly (readonly [
  type: string,
  featureset: string,
  FeaturesetFlags,
  readonly string[],
  string,
])[] = [
  ['multinode', '010', flags(), multinode, multinodeTags],
  [
    'singlenode',
    '027',
    flags(),
    [
      ...['quickstart.yml', 'multinode-undercloud.yml', 'multinode-undercloud-upgrade.yml'],
      ...['multinode-overcloud-prep.yml', 'multinode-overcloud.yml', 'multinode-overcloud-upgrade.yml'],
      'multinode-validate.yml',
    ],
    'build,undercloud-setup,undercloud-scripts,undercloud-install,undercloud-validate,images',
  ],
  ['standalone', '052', flags(), ['quickstart.yml', 'multinode-standalone.yml'], 'build,standalone'],
  ['standalone', '056', flags('standalone_upgrade'), standaloneUpgrade, 'build,standalone,standalone-upgrade'],
  ['standalone', '067', flags('ffu_standalone_upgrade'), standaloneUpgrade, 'build,standalone,standalone-upgrade'],
  ['ovb', '001', flags(), ['ovb.yml'], 'all'],
  ['ovb', '039', flags(), identity, 'all'],
  ['ovb', '064', flags(), identity, 'all'],
  [
    'multinode',
    '066',
    flags('mixed_os'),
    [
      ...['quickstart.yml', 'multinode-overcloud-mixed-os-repos-compute.yml', 'multinode-undercloud-mixed-os.yml'],
      ...['multinode-overcloud-prep.yml', 'multinode-overcloud-mixed-os-deploy.yml', 'multinode-overcloud-update.yml'],
      'multinode-validate.yml',
    ],
    multinodeTags,
  ],
];
for (const [type, featureset, set, playbooks, tags] of environments) {
  test(`${type}, featureset ${featureset}`, (t) => {
    const steps = environmentSteps(parseEnvironment(type), featureset, set);
    t.deepEqual(steps.playbooks, playbooks);
    t.is(steps.tags.join(','), tags);
  });
}

test('an environment that there is not', (t) => {
  t.throws(() => parseEnvironment('baremetal'), {
    code: 'bad-job',
    message: /one of multinode, singlenode, standalone, ovb/,
  });
});

const chosen: readonly (readonly [FeaturesetFlags, release: string, periodic: boolean, JobReleases])[] = [
  [flags(), 'master', false, { kind: null, installed: 'master', other: null, file: 'master' }],
  [flags(), 'wallaby', true, { kind: null, installed: 'wallaby', other: null, file: 'promotion-testing-hash-wallaby' }],
  [
    flags('mixed_upgrade', 'ffu_overcloud_upgrade'),
    'master',
    false,
    {
      ...{ kind: 'ffu-overcloud-upgrade', installed: 'master', other: 'wallaby' },
      file: 'master-undercloud-wallaby-overcloud',
    },
  ],
  [
    flags('mixed_upgrade', 'undercloud_upgrade'),
    'wallaby',
    true,
    {
      ...{ kind: 'overcloud-upgrade', installed: 'wallaby', other: 'victoria' },
      file: 'promotion-testing-hash-wallaby-undercloud-victoria-overcloud',
    },
  ],
  [
    flags('undercloud_upgrade', 'ffu_undercloud_upgrade'),
    'wallaby',
    false,
    { kind: 'ffu-undercloud-upgrade', installed: 'train', other: 'wallaby', file: 'train' },
  ],
  [
    flags('ffu_standalone_upgrade', 'standalone_upgrade'),
    'master',
    false,
    { kind: 'ffu-standalone-upgrade', installed: 'wallaby', other: 'master', file: 'wallaby' },
  ],
  [
    flags('undercloud_upgrade', 'minor_update'),
    'master',
    false,
    { kind: 'undercloud-upgrade', installed: 'zed', other: 'master', file: 'zed' },
  ],
  [
    flags('minor_update', 'overcloud_update'),
    'wallaby',
    false,
    { kind: 'minor-update', installed: 'wallaby', other: 'wallaby', file: 'wallaby' },
  ],
  [
    flags('overcloud_update'),
    'train',
    true,
    { kind: 'overcloud-update', installed: 'train', other: 'train', file: 'promotion-testing-hash-train' },
  ],
  [
    flags('standalone_upgrade'),
    'zed',
    false,
    { kind: 'standalone-upgrade', installed: 'zed', other: 'zed', file: 'zed' },
  ],
];
for (const [set, release, periodic, expected] of chosen) {
  test(`${[...set].join(' and ') || 'no flag'} with ${release}${periodic ? ', periodic' : ''}`, (t) => {
    t.deepEqual(releasesOf(set, release, periodic), expected);
  });
}

test('the release before, of each kind', (t) => {
  const before = (kind: 'overcloud-upgrade' | 'ffu-overcloud-upgrade', all: readonly string[]) =>
    all.map((release) => previousRelease(kind, release));
  t.deepEqual(before('overcloud-upgrade', ['master', 'zed', 'wallaby', 'victoria', 'ussuri']), [
    ...['zed', 'wallaby', 'victoria', 'ussuri', 'train'],
  ]);
  t.deepEqual(before('ffu-overcloud-upgrade', ['master', 'wallaby']), ['wallaby', 'train']);
  const refused = { instanceOf: FeaturesetError, code: 'bad-job' } as const;
  t.throws(() => previousRelease('overcloud-upgrade', 'train'), {
    ...refused,
    message: /release "train" is not one that/,
  });
  t.throws(() => previousRelease('ffu-overcloud-upgrade', 'zed'), { ...refused, message: /expected wallaby, master/ });
  t.throws(() => releasesOf(flags('mixed_upgrade'), 'queens', true), { ...refused, message: /"queens"/ });
});

test('some featuresets need a file of releases', (t) => {
  const all = Array.from({ length: 100 }, (_, number) => String(number).padStart(3, '0'));
  t.deepEqual(all.filter(needsReleasesFile), ['037', '047', '050', '056', '065', '067', '068']);
});

test('a flag is what the file says, and nothing like it', (t) => {
  const values: readonly (readonly [string, Value])[] = [
    ['mixed_upgrade', 'true'],
    ['minor_update', '{{ true }}'],
    ['mixed_os', true],
    ['overcloud_update', false],
  ];
  t.deepEqual([...flagsOf(new Map(values))], ['mixed_os']);
});

test('a job overrides what it may, and is told all that it may not', (t) => {
  t.is(overridable.length, 39);
  t.is(new Set(overridable).size, 39);
  const layer = overrideLayer(
    new Map<string, Value>([
      ['tempest_workers', 1],
      ['standalone_environment_files', ['ci/a.yaml']],
    ]),
  );
  t.deepEqual(
    [...layer.values],
    [
      ['tempest_workers', 1],
      ['standalone_environment_files', ['ci/a.yaml']],
      ['standalone_custom_env_files', ['/usr/share/openstack-tripleo-heat-templates/ci/a.yaml']],
    ],
  );
  const names = ['release', 'tempest_workers', '__proto__', 'dlrn_hash'];
  t.throws(() => overrideLayer(new Map(names.map((name) => [name, 1]))), {
    ...{ instanceOf: FeaturesetError, code: 'not-overridable' },
    message: /^override: release, __proto__, dlrn_hash are not overridable: a job may only override artg_repos_dir, /,
  });
  t.throws(() => overrideLayer(new Map([['release', 1]])), { message: /^override: release is not overridable/ });
});
