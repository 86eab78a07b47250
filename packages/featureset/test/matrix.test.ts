import test from 'ava';
import { parse } from 'yaml';
import {
  buildMatrix,
  FeaturesetError,
  findJob,
  formatGithubMatrix,
  formatMatrixTable,
  formatPlanCommands,
  formatPlanGithub,
  formatPlanJson,
  formatPlanTable,
  formatPlanZuul,
  jobNamesOf,
  type JobSpec,
  type MatrixAxes,
  planDefaults,
  planMatrix,
  type PlanOptions,
} from '../src/index.ts';

function spec(job: string, more: Partial<JobSpec> = {}): JobSpec {
  return { job, voting: true, command: ['run'], env: {}, timeoutMs: 90_000, ...more };
}

const fs001 = 'periodic-tripleo-ci-centos-9-ovb-3ctlr_1comp-featureset001-master';

test('a job says its featureset and nodes, or its name does', (t) => {
  const matrix = buildMatrix([
    spec(fs001),
    spec('scenario', { featureset: 'fs16', nodes: '1ctlr', voting: false, env: { A: '1' } }),
    spec('puppet'),
  ]);
  t.deepEqual(
    matrix.map(({ job, featureset, nodes, voting }) => [job, featureset, nodes, voting]),
    [
      [fs001, '001', '3ctlr_1comp', true],
      ['scenario', '016', '1ctlr', false],
      ['puppet', null, null, true],
    ],
  );
  t.deepEqual(matrix[1]?.env, { A: '1' });
  const usual = { runner: 'command', retries: 0, results: 'optional', arch: null, distro: null };
  const said = { runner: 'rdo', retries: 2, results: 'required', arch: 'aarch64', distro: 'centos9' } as const;
  const [plain, full] = buildMatrix([spec('plain'), spec('full', said)]);
  t.like(plain, usual);
  t.like(full, said);
  const [old] = buildMatrix([spec('periodic-multinode-1ctlr-featureset010')]);
  t.like(old, { featureset: '010', nodes: '1ctlr' });
  t.is(findJob(matrix, 'puppet').job, 'puppet');
  t.throws(() => findJob(matrix, 'pupet'), {
    code: 'unknown-job',
    message: /"pupet" is not one of .*scenario, puppet/,
  });
});

test('no jobs is an error, and so are two of one name', (t) => {
  t.throws(() => buildMatrix([]), { instanceOf: FeaturesetError, code: 'no-jobs' });
  t.throws(() => buildMatrix([spec('a'), spec('b'), spec('a')]), { code: 'duplicate-job', message: /"a"/ });
});

test('the axes give every combination', (t) => {
  const axes = { distro: 'centos9', environment: 'multinode', releases: ['master', 'wallaby'] };
  t.deepEqual(jobNamesOf({ ...axes, featuresets: ['1', 'fs010'], nodes: ['1ctlr', '3ctlr_1comp'] }), [
    'periodic-tripleo-ci-centos-9-multinode-1ctlr-featureset001-master',
    'periodic-tripleo-ci-centos-9-multinode-3ctlr_1comp-featureset001-master',
    'periodic-tripleo-ci-centos-9-multinode-1ctlr-featureset001-wallaby',
    'periodic-tripleo-ci-centos-9-multinode-3ctlr_1comp-featureset001-wallaby',
    'periodic-tripleo-ci-centos-9-multinode-1ctlr-featureset010-master',
    'periodic-tripleo-ci-centos-9-multinode-3ctlr_1comp-featureset010-master',
    'periodic-tripleo-ci-centos-9-multinode-1ctlr-featureset010-wallaby',
    'periodic-tripleo-ci-centos-9-multinode-3ctlr_1comp-featureset010-wallaby',
  ]);
  t.deepEqual(
    jobNamesOf({ ...axes, releases: ['master'], featuresets: ['052'], nodes: [], environment: 'standalone' }),
    ['periodic-tripleo-ci-centos-9-standalone-featureset052-master'],
  );
});

test('the matrix for GitHub and for people', (t) => {
  const matrix = buildMatrix([spec(fs001), spec('puppet', { voting: false })]);
  t.deepEqual(JSON.parse(formatGithubMatrix(matrix)), {
    include: [
      { job: fs001, featureset: '001', nodes: '3ctlr_1comp', voting: true },
      { job: 'puppet', featureset: '', nodes: '', voting: false },
    ],
  });
  t.deepEqual(formatMatrixTable(matrix).split('\n'), [
    `JOB${' '.repeat(fs001.length - 3)}  FEATURESET  NODES        VOTING  TIME LIMIT`,
    `${fs001}  001         3ctlr_1comp  yes     90 s`,
    `${'puppet'.padEnd(fs001.length)}  -           -            no      90 s`,
  ]);
});

function plan(axes: Partial<MatrixAxes>, options: Partial<PlanOptions> = {}) {
  return planMatrix(
    { featuresets: ['010'], releases: ['master'], nodes: [], distros: ['centos9'], environment: 'multinode', ...axes },
    { ...planDefaults, flags: new Map(), ...options },
  );
}

test('a job for every combination, in order', (t) => {
  const jobs = plan({
    featuresets: ['1', 'fs020'],
    releases: ['master', 'train'],
    nodes: ['1ctlr'],
    distros: ['centos9', 'rhel8'],
    environment: 'ovb',
  });
  t.deepEqual(
    jobs.map(({ job }) => job),
    ['001', '020'].flatMap((featureset) =>
      ['master', 'train'].flatMap((release) =>
        ['centos-9', 'rhel-8'].map(
          (distro) => `periodic-tripleo-ci-${distro}-ovb-1ctlr-featureset${featureset}-${release}`,
        ),
      ),
    ),
  );
  t.throws(() => plan({ featuresets: [] }), {
    code: 'no-jobs',
    message: /give featuresets, beside releases and distros/,
  });
  t.throws(() => plan({ featuresets: ['1', '001'] }), { code: 'duplicate-job' });
  t.throws(() => plan({ nodes: ['../x'] }), { code: 'bad-job', message: /nodes/ });
  t.throws(() => plan({ releases: ['$(id)'] }), { code: 'bad-job', message: /release/ });
});

const root = '/home/zuul/src/opendev.org/openstack';
const standalone = [
  '# periodic-tripleo-ci-centos-9-standalone-featureset052-master',
  './quickstart.sh --install-deps',
  './quickstart.sh --bootstrap --no-clone --working-dir /home/zuul/workspace/.quickstart --playbook noop.yml --retain-inventory 127.0.0.2',
  ...['quickstart.yml', 'multinode-standalone.yml'].map((playbook) =>
    [
      '/home/zuul/workspace/.quickstart/bin/ansible-playbook --tags build,standalone',
      '@/home/zuul/workspace/.quickstart/config/release/tripleo-ci/CentOS-9/promotion-testing-hash-master.yml',
      `@${root}/tripleo-quickstart/config/general_config/featureset-multinode-common.yml`,
      `@${root}/tripleo-quickstart/config/general_config/featureset052.yml`,
      `@${root}/tripleo-ci/toci-quickstart/config/testenv/standalone.yml`,
      '@/home/zuul/workspace/logs/role-vars.yaml -e toci_vxlan_networking=false -e vxlan_networking=false',
      'local_working_dir=/home/zuul/workspace/.quickstart',
      'virthost=127.0.0.2 --inventory /home/zuul/workspace/.quickstart/hosts',
      `tripleo_root=${root}`,
      'working_dir=/home/zuul',
      'tripleo_generate_scripts=true --skip-tags tripleo-validations,teardown-all',
      '@/home/zuul/workspace/logs/zuul-variables.yaml',
      `@/home/zuul/workspace/logs/hostvars-variables.yaml /home/zuul/workspace/.quickstart/playbooks/${playbook}`,
    ].join(' --extra-vars '),
  ),
].join('\n');

test('the exact command lines of a job', (t) => {
  t.is(formatPlanCommands(plan({ featuresets: ['052'], environment: 'standalone' })), standalone);
});

/** What comes after `--extra-vars` or `-e` in the command of a playbook. */
function variables(jobs: ReturnType<typeof plan>, playbook: string): readonly string[] {
  const command = jobs[0]?.steps.find(({ name }) => name === playbook)?.command ?? [];
  return command.filter((_, index) => ['--extra-vars', '-e'].includes(command[index - 1] ?? ''));
}

test('files come in the order in which the later one wins', (t) => {
  const jobs = plan(
    { nodes: ['1ctlr'], releases: ['wallaby'], distros: ['rhel9'] },
    { cloud: 'vexxhost', overridden: true, extraVars: ["a=b'c d"], periodic: false, home: '/h' },
  );
  t.deepEqual(
    variables(jobs, 'multinode-overcloud.yml').filter((word) => word.startsWith('@') || word.startsWith('a=')),
    [
      '@/h/workspace/.quickstart/config/release/tripleo-ci/RedHat-9/wallaby.yml',
      '@/h/src/opendev.org/openstack/tripleo-quickstart/config/nodes/1ctlr.yml',
      '@/h/src/opendev.org/openstack/tripleo-quickstart/config/general_config/featureset-multinode-common.yml',
      '@/h/src/opendev.org/openstack/tripleo-quickstart/config/general_config/featureset010.yml',
      '@/h/src/opendev.org/openstack/tripleo-ci/toci-quickstart/config/testenv/multinode.yml',
      '@/h/src/opendev.org/openstack/tripleo-ci/toci-quickstart/config/testenv/multinode-vexxhost.yml',
      '@/h/workspace/logs/role-vars.yaml',
      '@/h/src/opendev.org/openstack/tripleo-ci/featureset-override.yaml',
      '@/h/workspace/logs/zuul-variables.yaml',
      '@/h/workspace/logs/hostvars-variables.yaml',
      "a=b'c d",
    ],
  );
  t.true(variables(jobs, 'multinode-overcloud.yml').includes("validation_args='--validation-errors-nonfatal'"));
  t.regex(formatPlanCommands(jobs), / 'a=b'\\''c d'$/m);
  t.false(variables(plan({ environment: 'ovb' }), 'ovb.yml').some((word) => word.includes('multinode-common')));
});

test('an upgrade has the release and hash of each side, or the variable that will have it', (t) => {
  const flags = new Map([['050', new Set(['undercloud_upgrade'] as const)]]);
  const hashes = new Map([
    ['UNDERCLOUD_TARGET_RELEASE', 'master'],
    ['UNDERCLOUD_TARGET_HASH', 'abc'],
  ]);
  const jobs = plan({ featuresets: ['050'], environment: 'singlenode' }, { flags, hashes });
  const release = '@/home/zuul/workspace/.quickstart/config/release/tripleo-ci/CentOS-9';
  t.deepEqual(variables(jobs, 'multinode-undercloud.yml').slice(0, 3), [
    `${release}/$UNDERCLOUD_INSTALL_RELEASE.yml`,
    'dlrn_hash=$UNDERCLOUD_INSTALL_HASH',
    'get_build_command=$UNDERCLOUD_INSTALL_HASH',
  ]);
  t.deepEqual(variables(jobs, 'multinode-undercloud-upgrade.yml').slice(0, 3), [
    ...[`${release}/master.yml`, 'dlrn_hash=abc', 'get_build_command=abc'],
  ]);
  t.is(variables(jobs, 'quickstart.yml')[0], `${release}/promotion-testing-hash-zed.yml`);
});

test('planned jobs for GitHub, as JSON and for people', (t) => {
  const jobs = plan({ nodes: ['1ctlr'] });
  const job = 'periodic-tripleo-ci-centos-9-multinode-1ctlr-featureset010-master';
  const facts = {
    job,
    featureset: '010',
    release: 'master',
    nodes: '1ctlr',
    distro: 'centos9',
    environment: 'multinode',
    voting: true,
  };
  t.deepEqual(JSON.parse(formatPlanGithub(jobs)), { include: [facts] });
  const all = JSON.parse(formatPlanJson(jobs)) as { readonly jobs: readonly object[] };
  t.like(all.jobs[0], facts);
  t.is(formatPlanTable(jobs).split('\n')[1], `${job}  010         master   1ctlr  centos9  multinode    yes     9`);
});

test('GitHub takes 256 jobs of a matrix, and no more', (t) => {
  const releases = Array.from({ length: 257 }, (_, index) => `r${index}`);
  const some = (JSON.parse(formatPlanGithub(plan({ releases: releases.slice(1) }))) as { include: unknown[] }).include;
  t.is(some.length, 256);
  const refused = { code: 'too-many-jobs', message: /^257 jobs: GitHub takes 256/ } as const;
  t.throws(() => formatPlanGithub(plan({ releases })), refused);
  t.throws(() => formatGithubMatrix(buildMatrix(releases.map((release) => spec(release)))), refused);
});

test('planned jobs for Zuul', (t) => {
  const jobs = plan({ featuresets: ['010', '052'] });
  const text = formatPlanZuul(jobs, { parent: 'base', template: 'featuresets', pipeline: 'periodic' });
  const job = (featureset: string) => `periodic-tripleo-ci-centos-9-multinode-featureset${featureset}-master`;
  const stanza = (featureset: string) => ({
    job: {
      name: job(featureset),
      parent: 'base',
      voting: true,
      vars: { featureset, release: 'master', environment_type: 'multinode' },
    },
  });
  t.deepEqual(parse(text, { version: '1.1' }) as unknown, [
    stanza('010'),
    stanza('052'),
    { 'project-template': { name: 'featuresets', periodic: { jobs: [job('010'), job('052')] } } },
  ]);
});

test('planned jobs for Zuul in a line: each waits for its builds, and what comes next waits for those that vote', (t) => {
  const [first, second] = plan({ featuresets: ['010', '052'] });
  const jobs = [first!, { ...second!, voting: false }];
  const dependencies = ['hash', { name: 'images', soft: true }] as const;
  const next = { job: 'plan', dependencies: ['hash'] };
  const options = { parent: 'base', template: 'tests', pipeline: 'line', dependencies, next };
  const [stanza, , template] = parse(formatPlanZuul(jobs, options), { version: '1.1' }) as readonly Record<
    string,
    unknown
  >[];
  t.like(stanza, { job: { name: first!.job, voting: true, dependencies: ['hash', { name: 'images', soft: true }] } });
  t.deepEqual(template?.['project-template'], {
    name: 'tests',
    line: { jobs: [first!.job, second!.job, { plan: { dependencies: ['hash', { name: first!.job, soft: true }] } }] },
  });
});
