import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseFullHash } from '@tagflow/model';
import test from 'ava';
import { forgetJobs, type JobEnding, type RunAttempt, runJobs } from '../src/index.ts';
import { matrixJob } from './job-data.ts';
import { ending, failure, fullHash, jobsOf, junit, lost, success, world } from './run-jobs-world.ts';

test('a run that was interrupted goes on: what ended is not run again, until its result was handed over', async (t) => {
  const { said, options } = await world(t);
  const first: string[] = [];
  const run: RunAttempt = ({ job }) => {
    first.push(job);
    return job === 'b' ? Promise.reject(new Error('killed')) : Promise.resolve(failure);
  };
  await t.throwsAsync(runJobs(jobsOf('a', 'b'), { ...options, run }), { message: 'killed' });
  const { requests, run: again } = ending(success);
  const results = await runJobs(jobsOf('a', 'b'), { ...options, run: again });
  t.deepEqual(
    results.map(({ job, status }) => [job, status]),
    [
      ['a', 'failure'],
      ['b', 'success'],
    ],
  );
  t.deepEqual([first, requests.map(({ name }) => name)], [['a', 'b'], ['b']]);
  t.true(said.some((line) => line.includes('a: it ended before this run was interrupted')));

  const other = { ...options.tested, fullHash: parseFullHash('b'.repeat(32)) };
  await runJobs(jobsOf('a'), { ...options, tested: other, run: again });
  t.is(requests.length, 2, 'notes of another hash are of no use');
  await runJobs(jobsOf('a'), { ...options, run: again });
  await forgetJobs(jobsOf('a'), options);
  await runJobs(jobsOf('a'), { ...options, run: again });
  t.is(requests.length, 4, 'who asks again wants it run again');
});

test('an attempt that was interrupted goes on as that attempt', async (t) => {
  const { options } = await world(t);
  const jobs = [matrixJob('a', { retries: 2 })];
  const keys: string[] = [];
  const dies: RunAttempt = (_, { key }) => {
    keys.push(key);
    return keys.length === 2 ? Promise.reject(new Error('killed')) : Promise.resolve(lost);
  };
  await t.throwsAsync(runJobs(jobs, { ...options, run: dies }));
  const { requests, run } = ending(success);
  const [result] = await runJobs(jobs, { ...options, run });
  t.is(requests[0]?.key, keys[1]);
  t.is(result?.attempts, 2);
});

test('with an id, the key of a run is the same wherever it is asked for', async (t) => {
  const { requests, run } = ending(success);
  for (let machine = 0; machine < 2; machine += 1) {
    const { options } = await world(t);
    await runJobs(jobsOf('a'), { ...options, runId: 'build 7', run });
  }
  t.deepEqual(
    requests.map(({ key }) => key),
    [`a-${fullHash}-101a7558-build-7`, `a-${fullHash}-101a7558-build-7`],
  );
});

test('with an id, a run that is complete is forgotten as well; one that is not is found', async (t) => {
  const { options } = await world(t);
  const { requests, run } = ending(success);
  const job = matrixJob('a', { command: [], runner: 'jenkins' });
  const ask = (runId: string) => runJobs([job], { ...options, runId, run });
  await ask('7');
  await ask('7');
  await forgetJobs([job], options);
  await ask('7');
  await ask('8');
  await forgetJobs([job], options);
  await forgetJobs([job], options);
  await ask('7');
  const dies: RunAttempt = (_, request) => {
    requests.push(request);
    return Promise.reject(new Error('killed'));
  };
  await t.throwsAsync(runJobs([job], { ...options, runId: '8', run: dies }));
  await ask('8');
  t.deepEqual(
    requests.map(({ key }) => key.slice(`a-${fullHash}-`.length)),
    ['7', '7.run-2', '8', '7.run-2', '8.run-2', '8.run-2'],
  );
});

test('another command is another run, also with the same id', async (t) => {
  const { options } = await world(t);
  const { requests, run } = ending(failure);
  const steps = [{ name: 'one', command: ['run', 'a'] }];
  for (const more of [{}, {}, { command: ['run', 'b'] }, { steps }, { steps }]) {
    await runJobs([matrixJob('a', more)], { ...options, runId: '7', run });
  }
  t.is(requests.length, 3);
  t.is(new Set(requests.map(({ key }) => key)).size, 3);
});

test('a job that was cancelled is run again, and not judged by what it left then', async (t) => {
  const { options } = await world(t);
  const cancelled: JobEnding = { ...lost, status: 'cancelled' };
  const left: string[][] = [];
  const endings = [lost, cancelled, success];
  const run: RunAttempt = async (_, { resultsDir }) => {
    left.push(await readdir(resultsDir));
    await writeFile(join(resultsDir, 'r.xml'), junit(''));
    return endings[left.length - 1] ?? success;
  };
  const jobs = [matrixJob('a', { retries: 2 })];
  t.like((await runJobs(jobs, { ...options, run }))[0], { status: 'cancelled', attempts: 2 });
  t.like((await runJobs(jobs, { ...options, run }))[0], { status: 'success', attempts: 2 });
  await forgetJobs(jobs, options);
  t.like((await runJobs(jobs, { ...options, run }))[0], { status: 'success', attempts: 1 });
  t.deepEqual(left, [[], [], [], []]);
});
