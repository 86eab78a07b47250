import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type JobEnding, type JobResult, type MatrixJob, type RunAttempt, runJobs } from '../src/index.ts';
import { matrixJob } from './job-data.ts';
import { ending, failure, fullHash, infra, jobsOf, junit, lost, noReasons, success, world } from './run-jobs-world.ts';

test('results keep the order of the jobs, whoever ends first, and no more run than allowed', async (t) => {
  const { events, options } = await world(t);
  const waiting = new Map<string, () => void>();
  const begun: string[] = [];
  let most = 0;
  const run: RunAttempt = async ({ job }) => {
    begun.push(job);
    await new Promise<void>((resolve) => {
      waiting.set(job, resolve);
      most = Math.max(most, waiting.size);
    });
    waiting.delete(job);
    return success;
  };
  const isBegun = async (count: number) => {
    while (begun.length < count) await new Promise((resolve) => setImmediate(resolve));
  };
  const running = runJobs(jobsOf('a', 'b', 'c', 'd'), { ...options, run, concurrency: 2 });
  await isBegun(2);
  waiting.get('b')?.();
  await isBegun(3);
  waiting.get('c')?.();
  await isBegun(4);
  waiting.get('d')?.();
  waiting.get('a')?.();
  t.deepEqual(
    (await running).map(({ job }) => job),
    ['a', 'b', 'c', 'd'],
  );
  t.is(most, 2);
  t.deepEqual(
    events.map(({ done, total }) => [done, total]),
    [0, 1, 2, 3, 4].map((done) => [done, 4]),
  );
});

test('a command gets what it has to know, in folders that exist', async (t) => {
  const { folder, options } = await world(t);
  const name = 'periodic-tripleo-ci-centos-9-ovb-3ctlr_1comp-featureset001-master';
  const { requests, run } = ending(success);
  const job = matrixJob(name, {
    ...{ featureset: '001', nodes: '3ctlr_1comp', arch: 'x86_64', env: { FROM: 'job', TAGFLOW_JOB: 'overwritten' } },
  });
  const [result] = await runJobs([job], { ...options, run });
  const out = join(folder, name);
  const [request] = requests;
  t.true((await stat(join(out, 'results'))).isDirectory());
  t.deepEqual(request?.env, {
    ...{ PATH: '/bin', FROM: 'job', TAGFLOW_FULL_HASH: fullHash, TAGFLOW_REPO_URL: 'http://127.0.0.1/r' },
    ...{ TAGFLOW_RELEASE: 'master', TAGFLOW_DISTRO: 'centos9', TAGFLOW_ARCH: 'x86_64', TAGFLOW_JOB: name },
    ...{ TAGFLOW_OUT_DIR: out, TAGFLOW_RESULTS_DIR: join(out, 'results') },
    ...{ TAGFLOW_FEATURESET: '001', TAGFLOW_NODES: '3ctlr_1comp' },
  });
  t.like(request, {
    command: ['run', name],
    logFile: join(out, 'job.log'),
    key: `${name}-${fullHash}-01ec0bfc-1970-01-01T00-00-00.000Z`,
    readsReports: true,
  });
  t.like(request?.facts, { 'full-hash': fullHash, job: name, featureset: '001', release: 'master', key: request?.key });
  t.is(result?.logUrl, `https://logs.example/${name}/job.log`);
});

test('a failure keeps the last lines and its reasons, is warned about, and stops nothing', async (t) => {
  const { said, options } = await world(t);
  const run: RunAttempt = ({ job }, { onLine }) => {
    for (let line = 1; line <= 40; line += 1) onLine(`line ${String(line)}`);
    return Promise.resolve(job === 'a' ? failure : success);
  };
  const findReasons = () => Promise.resolve(infra);
  const results = await runJobs(jobsOf('a', 'b'), { ...options, run, findReasons });
  t.deepEqual(
    results.map(({ status, tail, reasons }) => [status, tail.length, tail[0], tail.at(-1), reasons]),
    [
      ['failure', 30, 'line 11', 'line 40', infra],
      ['success', 0, undefined, undefined, null],
    ],
  );
  t.deepEqual(
    said.filter((line) => line.startsWith('warning')),
    [
      'warning a: failure after 1 s: exit code 1 (job.log:7: a mirror did not answer); log: https://logs.example/a/job.log',
    ],
  );
  t.true(said.includes('debug b: line 1'), 'the output of many is detail');
});

test('the output of a single job is shown', async (t) => {
  const { said, options } = await world(t);
  const run: RunAttempt = (_, { onLine }) => {
    onLine('hello');
    return Promise.resolve(success);
  };
  await runJobs(jobsOf('a'), { ...options, run });
  t.true(said.includes('info a: hello'));
});

test('a name with a slash stays in its folder', async (t) => {
  const { folder, options } = await world(t);
  const { requests, run } = ending(success);
  await runJobs(jobsOf('../up'), { ...options, run });
  t.is(requests[0]?.logFile, join(folder, '..%2Fup', 'job.log'));
});

test('an error of the runner ends the whole', async (t) => {
  const { options } = await world(t);
  const run: RunAttempt = () => Promise.reject(new Error('disk full'));
  await t.throwsAsync(runJobs(jobsOf('a', 'b'), { ...options, run }), { message: 'disk full' });
});

const onceMore: readonly (readonly [string, JobEnding, typeof noReasons | typeof infra, number])[] = [
  ['what never started', { ...lost, status: 'not-started' }, noReasons, 3],
  ['what was lost', lost, noReasons, 3],
  ['a failure of infrastructure', failure, infra, 3],
  ['a time limit, and infrastructure failed', { ...failure, status: 'timed-out' }, infra, 3],
  ['what was lost and may go on', { ...lost, mayRun: true }, noReasons, 1],
  ['what may go on after its time limit', { ...failure, status: 'timed-out', mayRun: true }, infra, 1],
  ['a failure of what is tested', failure, noReasons, 1],
  ['a time limit', { ...failure, status: 'timed-out' }, noReasons, 1],
  ['a cancel', { ...lost, status: 'cancelled' }, infra, 1],
];
for (const [name, end, reasons, attempts] of onceMore) {
  test(`with two retries, ${name} is started ${attempts === 1 ? 'once' : `${attempts} times`}`, async (t) => {
    const { options } = await world(t);
    const { requests, run } = ending(end);
    const findReasons = () => Promise.resolve(reasons);
    const [result] = await runJobs([matrixJob('a', { retries: 2 })], { ...options, run, findReasons });
    t.is(requests.length, attempts);
    t.like(result, { attempts, status: end.status });
    t.is(new Set(requests.map(({ key }) => key)).size, attempts, 'each attempt is a run of its own');
    t.is(new Set(requests.map(({ resultsDir }) => resultsDir)).size, attempts, 'and is judged by what it left itself');
  });
}

test('the attempt that succeeds is the one that counts', async (t) => {
  const { folder, options } = await world(t);
  const { run } = ending(lost, success);
  const [result] = await runJobs([matrixJob('a', { retries: 2 })], { ...options, run });
  t.like(result, { status: 'success', attempts: 2, logUrl: 'https://logs.example/a/job-2.log', reasons: null });
  t.deepEqual((await readdir(join(folder, 'a'))).toSorted(), ['job.json', 'results', 'results-2']);
});

const evidence: readonly (readonly [
  name: string,
  results: MatrixJob['results'],
  report: string | null,
  status: JobResult['status'],
  reason: RegExp | null,
])[] = [
  ['no report, none asked for', 'optional', null, 'success', null],
  ['no report where one is required', 'required', null, 'failure', /it ended well, but left no report/],
  ['a good report', 'required', junit(''), 'success', null],
  ['a report of a failure', 'optional', junit('<failure message="no"/>'), 'failure', /1 of 1 tests failed/],
  ['garbage', 'optional', '<testsuite><testcase', 'failure', /a report of it cannot be read: results\/r\.xml/],
  ['garbage that nobody reads', 'exit-status', 'garbage', 'success', null],
];
for (const [name, results, report, status, reason] of evidence) {
  test(`a job that ends well, with ${name}, is a ${status}`, async (t) => {
    const { options } = await world(t);
    const run: RunAttempt = async (_, { resultsDir }) => {
      if (report !== null) await writeFile(join(resultsDir, 'r.xml'), report);
      return success;
    };
    const [result] = await runJobs([matrixJob('a', { results })], { ...options, run });
    t.is(result?.status, status, result?.reason ?? '');
    if (reason === null) t.is(result?.reason, null);
    else t.regex(result?.reason ?? '', reason);
  });
}

test('where the exit status alone counts, nobody reads reports', async (t) => {
  const { options } = await world(t);
  const { requests, run } = ending(success);
  await runJobs([matrixJob('a', { results: 'exit-status' })], { ...options, run });
  t.false(requests[0]?.readsReports);
});

test('steps run one after the other, up to the first that fails', async (t) => {
  const { folder, options } = await world(t);
  const steps = ['install-deps', 'playbook.yml', 'validate.yml'].map((name) => ({ name, command: ['run', name] }));
  const { requests, run } = ending(success, failure);
  const [result] = await runJobs([matrixJob('a', { steps })], { ...options, run });
  t.deepEqual(
    requests.map(({ command, logFile, timeoutMs }) => [command[1], logFile, timeoutMs]),
    [
      ['install-deps', join(folder, 'a', 'job.01-install-deps.log'), 1000],
      ['playbook.yml', join(folder, 'a', 'job.02-playbook.yml.log'), 1],
    ],
  );
  t.like(result, { status: 'failure', reason: 'playbook.yml: exit code 1', durationMs: 3000 });
  t.is(result?.logUrl, 'https://logs.example/a/job.02-playbook.yml.log', 'the log of the step that failed');
});
