import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ProgressEvent } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { buildMatrix, type RunCommand, runJobs, type RunJobsOptions } from '../src/index.ts';

type Request = Parameters<RunCommand>[0];

const success = { status: 'success', exitCode: 0, durationMs: 2000, reason: null } as const;
const failure = { status: 'failure', exitCode: 1, durationMs: 1000, reason: 'it ended with exit code 1' } as const;

function jobsOf(...names: readonly string[]) {
  return buildMatrix(
    names.map((job) => ({ job, voting: true, command: ['run', job], env: { FROM: 'job', JOB: '1' }, timeoutMs: 1000 })),
  );
}

async function world(t: ExecutionContext) {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-jobs-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const events: ProgressEvent[] = [];
  const said: string[] = [];
  const say = (level: string) => (message: string) => void said.push(`${level} ${message}`);
  const options: Omit<RunJobsOptions, 'run'> = {
    concurrency: 1,
    folder,
    childEnv: { FROM: 'host', PATH: '/bin' },
    variables: { TAGFLOW_FULL_HASH: 'abc', TAGFLOW_JOB: 'overwritten' },
    effects: {
      progress: (event) => void events.push(event),
      log: { debug: say('debug'), info: say('info'), warning: say('warning') },
    },
  };
  return { folder, events, said, options };
}

test('results keep the order of the jobs, whoever ends first, and no more run than allowed', async (t) => {
  const { events, options } = await world(t);
  const waiting = new Map<string, () => void>();
  const begun: string[] = [];
  let most = 0;
  const run: RunCommand = async ({ name }) => {
    begun.push(name);
    await new Promise<void>((resolve) => {
      waiting.set(name, resolve);
      most = Math.max(most, waiting.size);
    });
    waiting.delete(name);
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
  const results = await running;
  t.deepEqual(
    results.map(({ job }) => job),
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
  const requests: Request[] = [];
  const run: RunCommand = async (request) => {
    requests.push(request);
    t.true((await stat(request.env['TAGFLOW_RESULTS_DIR'] ?? '')).isDirectory());
    return success;
  };
  const [result] = await runJobs(jobsOf(name), { ...options, run });
  const out = join(folder, name);
  const [request] = requests;
  t.deepEqual(request?.env, {
    PATH: '/bin',
    FROM: 'job',
    JOB: '1',
    TAGFLOW_FULL_HASH: 'abc',
    TAGFLOW_OUT_DIR: out,
    TAGFLOW_RESULTS_DIR: join(out, 'results'),
    TAGFLOW_JOB: name,
    TAGFLOW_FEATURESET: '001',
    TAGFLOW_NODES: '3ctlr_1comp',
  });
  t.deepEqual(request?.command, ['run', name]);
  t.is(request?.logFile, join(out, 'job.log'));
  t.is(result?.logUrl, pathToFileURL(join(out, 'job.log')).href);
});

test('a failure keeps the last lines, is warned about, and stops nothing', async (t) => {
  const { said, options } = await world(t);
  const run: RunCommand = ({ name, onLine }) => {
    for (let line = 1; line <= 40; line += 1) onLine(`line ${String(line)}`);
    return Promise.resolve(name === 'a' ? failure : success);
  };
  const results = await runJobs(jobsOf('a', 'b'), { ...options, run, logUrl: 'https://logs.example/42/' });
  t.deepEqual(
    results.map(({ status, tail }) => [status, tail.length, tail[0], tail.at(-1)]),
    [
      ['failure', 30, 'line 11', 'line 40'],
      ['success', 0, undefined, undefined],
    ],
  );
  t.is(results[0]?.logUrl, 'https://logs.example/42/a/job.log');
  const warnings = said.filter((line) => line.startsWith('warning'));
  t.deepEqual(warnings, [
    'warning a: failure after 1 s: it ended with exit code 1; log: https://logs.example/42/a/job.log',
  ]);
  t.true(said.includes('debug b: line 1'), 'the output of many is detail');
});

test('the output of a single job is shown', async (t) => {
  const { said, options } = await world(t);
  const run: RunCommand = ({ onLine }) => {
    onLine('hello');
    return Promise.resolve(success);
  };
  await runJobs(jobsOf('a'), { ...options, run });
  t.true(said.includes('info a: hello'));
});

test('a name with a slash stays in its folder', async (t) => {
  const { folder, options } = await world(t);
  const [result] = await runJobs(jobsOf('../up'), {
    ...options,
    run: (request) => {
      t.is(request.logFile, join(folder, '..%2Fup', 'job.log'));
      return Promise.resolve(success);
    },
  });
  t.is(result?.logUrl, pathToFileURL(join(folder, '..%2Fup', 'job.log')).href);
});

test('an error of the runner ends the whole', async (t) => {
  const { options } = await world(t);
  const run: RunCommand = () => Promise.reject(new Error('disk full'));
  await t.throwsAsync(runJobs(jobsOf('a', 'b'), { ...options, run }), { message: 'disk full' });
});
