import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { RunRequest, RunResult } from '../src/index.ts';
import { memoryRig, refused, unreachable } from './memory-ci.ts';
import type { RigJob } from './runner-suite.ts';

const key = 'key-1';
const quiet = { debug: () => undefined, info: () => undefined, warning: () => undefined };
const hangs: RigJob = { lines: ['one'], ends: 'never' };
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

async function world(t: ExecutionContext, job = hangs) {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-again-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const rig = memoryRig({ patienceMs: 600_000, visibleMs: 10_000, endMs: 120_000 });
  const { memory } = rig;
  memory.jobs.set(key, job);
  const request: RunRequest = {
    ...{ name: 'job', key, command: [], env: {}, facts: {}, timeoutMs: 1e12 },
    ...{ logFile: join(folder, 'job.log'), resultsDir: join(folder, 'results') },
  };
  const run = (more: Partial<RunRequest> = {}, signal = new AbortController().signal): Promise<RunResult> =>
    rig.newRunner().run({ ...request, ...more }, { clock: rig.clock, signal, log: quiet });
  /** Runs it and says stop at its first line. */
  const cancelled = (more: Partial<RunRequest> = {}): Promise<RunResult> => {
    const cancel = new AbortController();
    const onLine = () => {
      cancel.abort();
    };
    return run({ onLine, ...more }, cancel.signal);
  };
  const keys = () => [...memory.runs.values()].map((each) => each.key);
  const phases = () => [...memory.runs.values()].map(({ state }) => state.phase);
  return { folder, memory, run, cancelled, keys, phases };
}

test('a run is ended before it is given up', async (t) => {
  const { memory, run, phases } = await world(t);
  memory.failures.state = times(601, unreachable());
  const result = await run();
  t.deepEqual([result.status, result.reason], ['lost', 'nobody knows how it ended: no answer']);
  t.is(result.mayRun, undefined, 'it was seen to have ended');
  t.deepEqual(phases(), ['ended']);
});

test('one that may go on is ended before another one starts in its folder', async (t) => {
  const { memory, run, phases } = await world(t);
  memory.failures.state = [refused()];
  memory.failures.cancel = [refused()];
  const lost = await run();
  t.like(lost, { status: 'lost', mayRun: true });
  t.regex(
    lost.reason ?? '',
    /^nobody knows how it ended: HTTP 403; it may go on, because .* could not be told: HTTP 403$/,
  );
  t.deepEqual(phases(), ['running']);

  const next = { key: 'key-2', logFile: lost.logFile.replace('job.log', 'job-2.log') };
  memory.failures.state = times(700, unreachable());
  const unstarted = await run(next);
  t.like(unstarted, { status: 'lost', mayRun: true, url: null });
  t.regex(
    unstarted.reason ?? '',
    /^it was not started, because its former run may still go on: https:\/\/ci\.example\.org\/run\/1: no answer; .* remove .*job\.log\.run\/1\.json$/,
  );
  t.deepEqual(phases(), ['running']);

  memory.failures.state = [];
  t.like(await run(next), { status: 'success', found: false });
  t.deepEqual(phases(), ['ended', 'ended']);
  const looks = memory.calls.length;
  t.like(await run({ ...next, key: 'key-3' }), { status: 'success' });
  t.false(memory.calls.slice(looks).includes('cancel'), 'that it ended is known from then on');
});

test('one that was asked for and appears after it was given up is ended, too', async (t) => {
  const { memory, run, phases } = await world(t);
  Object.assign(memory, { startAnswer: 'null', unseen: 1e9 });
  t.like(await run(), { status: 'lost', mayRun: true });
  Object.assign(memory, { startAnswer: 'run', unseen: 0 });
  t.like(await run({ key: 'key-2' }), { status: 'success' });
  t.deepEqual(phases(), ['ended', 'ended']);
});

test('one that ended meanwhile hinders nothing; one at another system does', async (t) => {
  const { memory, run } = await world(t);
  memory.failures.state = [refused()];
  memory.failures.cancel = [refused()];
  t.like(await run(), { mayRun: true });
  Object.assign(memory.ci, { name: 'another' });
  const hindered = await run({ key: 'key-2' });
  t.regex(hindered.reason ?? '', /run\/1: it is at CI at https:\/\/ci\.example\.org; /);
  Object.assign(memory.ci, { name: 'CI at https://ci.example.org' });
  memory.finish(key, 'success');
  t.like(await run({ key: 'key-2' }), { status: 'success' });
});

test('a run that was cancelled is started anew, with a key that finds only the new one', async (t) => {
  const { folder, memory, run, cancelled, keys } = await world(t);
  t.like(await cancelled(), { status: 'cancelled' });
  memory.jobs.set(`${key}.again-2`, hangs);
  t.like(await cancelled(), { status: 'cancelled', found: false });
  t.like(await run(), { status: 'success', found: false });
  t.like(await run(), { status: 'success', found: true });
  t.deepEqual(keys(), [key, `${key}.again-2`, `${key}.again-3`]);
  t.deepEqual((await readdir(`${join(folder, 'job.log')}.run`)).toSorted(), ['1.json', '2.json', '3.json']);
});

test('where nothing is left of it, the run that was started after a cancelled one is found', async (t) => {
  const { folder, memory, run, cancelled, keys } = await world(t);
  await cancelled();
  memory.startAnswer = new Error('killed');
  memory.jobs.set(`${key}.again-2`, hangs);
  await t.throwsAsync(run());
  await rm(`${join(folder, 'job.log')}.run`, { recursive: true });
  const onLine = () => {
    memory.finish(`${key}.again-2`, 'success');
  };
  t.like(await run({ onLine }), { status: 'success', found: true });
  t.deepEqual(keys(), [key, `${key}.again-2`]);
});

test('who waited for a run that another process cancels does not start it anew', async (t) => {
  const { run, cancelled, keys } = await world(t);
  const results = await Promise.all([cancelled(), run()]);
  t.deepEqual(
    results.map(({ status }) => status),
    ['cancelled', 'cancelled'],
  );
  t.deepEqual(keys(), [key]);
});

test('after a refusal the next call asks again', async (t) => {
  const { memory, run } = await world(t, { lines: ['one'], ends: 'success' });
  memory.failures.start = [refused()];
  t.like(await run(), { status: 'not-started' });
  t.like(await run(), { status: 'success', found: false });
});

test('a run that was asked for on another machine is found there', async (t) => {
  const { memory, run } = await world(t, { lines: ['one'], ends: 'success' });
  memory.runs.set('1', {
    key,
    job: { lines: ['one'], ends: 'success' },
    state: { phase: 'ended', result: 'success', said: 'SUCCESS' },
  });
  t.like(await run(), { status: 'success', found: true, url: 'https://ci.example.org/run/1' });
  t.false(memory.calls.includes('start'));
});
