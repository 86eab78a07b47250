import test from 'ava';
import {
  buildMatrix,
  FeaturesetError,
  findJob,
  formatGithubMatrix,
  formatMatrixTable,
  jobNamesOf,
  type JobSpec,
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
    `${fs001}  001         3ctlr_1comp  yes     2 min`,
    `${'puppet'.padEnd(fs001.length)}  -           -            no      2 min`,
  ]);
});
