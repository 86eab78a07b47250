import { parseFullHash } from '@tagflow/model';
import test from 'ava';
import {
  chooseJobs,
  FeaturesetError,
  type JobChoice,
  type JobResult,
  type MatrixJob,
  summarize,
} from '../src/index.ts';
import { jobResult, matrixJob } from './job-data.ts';

const nothing: JobChoice = { featuresets: [], nodes: [], environment: 'multinode', env: {} };

function job(name: string, featureset: string | null, nodes: string | null): MatrixJob {
  return matrixJob(name, { featureset, nodes, command: ['run'], env: { A: '1' } });
}
const section = [job('one', '001', '3ctlr_1comp'), job('two', '002', '1ctlr'), job('plain', null, null)];

const choices: readonly (readonly [string, Partial<JobChoice>, readonly string[]])[] = [
  ['everything', {}, ['one', 'two', 'plain']],
  ['one job', { job: 'two' }, ['two']],
  ['a featureset', { featuresets: ['fs001'] }, ['one']],
  ['nodes', { nodes: ['1ctlr', '3ctlr_1comp'] }, ['one', 'two']],
];
for (const [name, choice, expected] of choices) {
  test(`of a section: ${name}`, (t) => {
    t.deepEqual(
      chooseJobs(section, { ...nothing, ...choice }).map((chosen) => chosen.job),
      expected,
    );
  });
}

test('what is given wins over the section', (t) => {
  const given = { command: ['other'], env: { A: '2', B: '3' }, timeoutMs: 5, voting: false };
  const [first] = chooseJobs(section, { ...nothing, ...given });
  t.like(first, { command: ['other'], env: { A: '2', B: '3' }, timeoutMs: 5, voting: false });
  t.deepEqual(chooseJobs(section, nothing)[0], section[0]);
});

test('without a section, names are made of the featuresets, or the job is one', (t) => {
  const axes = { release: 'master', distro: 'centos9', command: ['run'] };
  const made = chooseJobs(null, { ...nothing, ...axes, featuresets: ['1', '2'], nodes: ['1ctlr'] });
  t.deepEqual(
    made.map((chosen) => [chosen.job, chosen.featureset, chosen.nodes, chosen.voting]),
    [
      ['periodic-tripleo-ci-centos-9-multinode-1ctlr-featureset001-master', '001', '1ctlr', true],
      ['periodic-tripleo-ci-centos-9-multinode-1ctlr-featureset002-master', '002', '1ctlr', true],
    ],
  );
  t.deepEqual(
    chooseJobs(null, { ...nothing, job: 'mine', command: ['x'] }).map((chosen) => chosen.job),
    ['mine'],
  );
});

const wrong: readonly (readonly [string, readonly MatrixJob[] | null, Partial<JobChoice>, string, RegExp])[] = [
  ['nothing asked for', null, { command: ['x'] }, 'no-jobs', /config and phase, or featureset, or job/],
  ['no command', null, { job: 'a' }, 'bad-command', /"a" has no command/],
  ['no release', null, { featuresets: ['1'], distro: 'centos9' }, 'bad-job', /release and distro/],
  ['an empty section', [], {}, 'no-jobs', /empty/],
  [
    'a featureset that the section lacks',
    section,
    { featuresets: ['99'] },
    'no-jobs',
    /no job of 099; it has one, two, plain/,
  ],
  ['an unknown job', section, { job: 'three' }, 'unknown-job', /"three" is not one of one, two, plain/],
];
for (const [name, jobs, choice, code, message] of wrong) {
  test(`refused: ${name}`, (t) => {
    const error = t.throws(() => chooseJobs(jobs, { ...nothing, ...choice }), {
      instanceOf: FeaturesetError,
      code,
      message,
    });
    t.is(error.outcome, 'invalid');
  });
}

test('a summary says what counts', (t) => {
  const result = (name: string, more: Partial<JobResult>): JobResult => jobResult(name, more);
  const of = (...jobs: readonly JobResult[]) =>
    summarize({ fullHash: parseFullHash('a'.repeat(32)), release: null, distro: null, startedAt: '', jobs });
  const failed = { status: 'failure', reason: 'exit code 1' } as const;
  const good = of(result('a', {}), result('b', { ...failed, voting: false }));
  t.like(good, { passed: 1, failed: 1, good: true, message: '1 of 2 succeeded' });
  t.regex(good.markdown, /\| b \| failure \(non-voting\) \| 1\.5 s \| {2}\| exit code 1 \| file:\/\/\/l \|/);
  t.like(of(result('a', failed), result('b', {})), {
    good: false,
    message: '1 of 2 jobs did not succeed: a: exit code 1',
  });
  t.like(of(result('a', { status: 'cancelled', voting: false })), { good: false, failed: 1 });
});
