import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type RunRequest, RunnerError, type RunResult } from '../src/index.ts';
import { identify } from '../src/process-identity.ts';
import { type MemoryCi, memoryRig, refused, unreachable } from './memory-ci.ts';
import { deadProcess, type RigJob, startAndForget } from './runner-suite.ts';

const key = 'key-1';

async function world(t: ExecutionContext, job: RigJob = { lines: ['one'], ends: 'success' }) {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-remote-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const rig = memoryRig({ patienceMs: 600_000, visibleMs: 300_000, queueMs: 3_600_000, endMs: 120_000 });
  const { memory } = rig;
  memory.jobs.set(key, job);
  const warnings: string[] = [];
  const cancel = new AbortController();
  const request: RunRequest = {
    ...{ name: 'job', key, command: [], env: {}, facts: {}, timeoutMs: 60_000 },
    ...{ logFile: join(folder, 'job.log'), resultsDir: join(folder, 'results') },
  };
  const log = { debug: () => undefined, info: () => undefined, warning: (text: string) => void warnings.push(text) };
  const run = (more: Partial<RunRequest> = {}): Promise<RunResult> =>
    rig.newRunner().run({ ...request, ...more }, { clock: rig.clock, signal: cancel.signal, log });
  const starts = () => memory.calls.filter((call) => call === 'start').length;
  return { rig, memory, cancel, warnings, request, run, starts };
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const hangs: RigJob = { lines: ['one'], ends: 'never' };

type Case = readonly [
  name: string,
  job: RigJob | undefined,
  prepare: (memory: MemoryCi) => void,
  expected: Partial<RunResult>,
  starts: number,
];

const bug = new Error('a bug');
const cases: readonly Case[] = [
  [
    'a start that shows nothing yet',
    undefined,
    (ci) => ((ci.startAnswer = 'null'), (ci.unseen = 20)),
    { status: 'success', found: false },
    1,
  ],
  [
    'a start that never shows',
    undefined,
    (ci) => ((ci.startAnswer = 'null'), (ci.unseen = 1e9)),
    {
      status: 'lost',
      reason: 'it was asked for at CI at https://ci.example.org, and did not appear there within 300 s',
    },
    1,
  ],
  [
    'a start whose answer was lost',
    undefined,
    (ci) => (ci.startAnswer = unreachable()),
    { status: 'success', found: false },
    1,
  ],
  [
    'a start that never arrived',
    undefined,
    (ci) => (ci.failures.start = [unreachable()]),
    { status: 'success', found: false },
    2,
  ],
  [
    'starts that never arrive',
    undefined,
    (ci) => (ci.failures.start = times(9, unreachable())),
    {
      status: 'lost',
      reason: 'it was asked for at CI at https://ci.example.org, and did not appear there within 300 s (no answer)',
    },
    2,
  ],
  [
    'a start that is refused',
    undefined,
    (ci) => (ci.failures.start = [refused()]),
    { status: 'not-started', reason: 'it could not be started: HTTP 403', durationMs: 0, url: null },
    1,
  ],
  [
    'a look for it that is refused',
    undefined,
    (ci) => (ci.failures.find = [refused()]),
    { status: 'not-started', reason: 'it could not be started: HTTP 403' },
    0,
  ],
  [
    'a system that is down for nine minutes',
    undefined,
    (ci) => (ci.failures.find = times(540, unreachable())),
    { status: 'success' },
    1,
  ],
  [
    'a system that is down for eleven minutes',
    undefined,
    (ci) => (ci.failures.find = times(660, unreachable())),
    { status: 'not-started', reason: 'it could not be started: no answer' },
    0,
  ],
  [
    'polls that fail for nine minutes',
    undefined,
    (ci) => (ci.failures.state = times(540, unreachable())),
    { status: 'success' },
    1,
  ],
  [
    'polls that fail for eleven minutes',
    undefined,
    (ci) => (ci.failures.state = times(660, unreachable())),
    { status: 'lost', reason: 'nobody knows how it ended: no answer', url: 'https://ci.example.org/run/1' },
    1,
  ],
  [
    'a poll that is refused',
    undefined,
    (ci) => (ci.failures.state = [refused()]),
    { status: 'lost', reason: 'nobody knows how it ended: HTTP 403' },
    1,
  ],
  [
    'a wait of fifty minutes for its turn: it does not count',
    undefined,
    (ci) => (ci.queued = 3000),
    { status: 'success' },
    1,
  ],
  [
    'a wait of more than an hour',
    hangs,
    (ci) => (ci.queued = 3602),
    {
      status: 'not-started',
      reason: 'it never ran: it waited longer than 3600 s for its turn at CI at https://ci.example.org',
    },
    1,
  ],
  [
    'the time limit',
    hangs,
    () => undefined,
    { status: 'timed-out', reason: 'it ran longer than 60 s', durationMs: 60_000 },
    1,
  ],
  [
    'the time limit, and a cancel that is refused',
    hangs,
    (ci) => (ci.failures.cancel = [refused()]),
    {
      status: 'timed-out',
      reason: 'it ran longer than 60 s; it may go on, because CI at https://ci.example.org could not be told: HTTP 403',
    },
    1,
  ],
  [
    'the time limit, and a cancel that arrives late',
    hangs,
    (ci) => (ci.failures.cancel = times(9, unreachable())),
    { status: 'timed-out', reason: 'it ran longer than 60 s' },
    1,
  ],
];
for (const [name, job, prepare, expected, starts] of cases) {
  test(`${name}: ${expected.status ?? ''}`, async (t) => {
    const at = await world(t, job);
    prepare(at.memory);
    t.like(await at.run(), expected);
    t.is(at.starts(), starts);
    t.deepEqual(at.warnings, []);
  });
}

test('a cancel that does not end the run says so', async (t) => {
  const { memory, run } = await world(t, hangs);
  Object.assign(memory.ci, { cancel: () => Promise.resolve() });
  const { reason } = await run();
  t.is(reason, 'it ran longer than 60 s; it was told to end at CI at https://ci.example.org, and had not after 120 s');
});

const unfetched: readonly (readonly ['readLog' | 'fetchReports', RigJob['ends'], boolean, RunResult['status']])[] = [
  ['readLog', 'success', true, 'success'],
  ['fetchReports', 'success', true, 'lost'],
  ['fetchReports', 'failure', true, 'lost'],
  ['fetchReports', 'never', true, 'timed-out'],
  ['fetchReports', 'success', false, 'success'],
];
for (const [what, ends, readsReports, status] of unfetched) {
  test(`${what} that fails after ${ends}${readsReports ? '' : ', and nobody reads it'}: ${status}`, async (t) => {
    const { memory, warnings, run } = await world(t, { lines: [], ends });
    memory.failures[what] = what === 'readLog' ? [refused()] : times(70, unreachable());
    const result = await run({ readsReports });
    t.is(result.status, status);
    if (status === 'lost') t.is(result.reason, 'its reports could not be fetched: no answer');
    const [name, why] = what === 'readLog' ? ['log', 'HTTP 403'] : ['reports', 'no answer'];
    t.deepEqual(warnings, [`job: its ${name} could not be fetched from CI at https://ci.example.org: ${why}`]);
  });
}

test('log and reports are fetched after a time-out as well, and in spite of short failures', async (t) => {
  const { memory, warnings, request, run } = await world(t, { ...hangs, reports: { 'a.xml': '<a/>' } });
  memory.failures.fetchReports = times(9, unreachable());
  t.like(await run(), { status: 'timed-out' });
  t.is(await readFile(request.logFile, 'utf8'), 'one\n');
  t.is(await readFile(join(request.resultsDir, 'a.xml'), 'utf8'), '<a/>');
  t.deepEqual(warnings, []);
});

test('a log on a full disk: no success; the next one who asks gets it from there', async (t) => {
  const { request, run, starts } = await world(t);
  await mkdir(dirname(request.logFile), { recursive: true });
  await symlink('/dev/full', request.logFile);
  await t.throwsAsync(run(), { instanceOf: RunnerError, code: 'log-unwritable' });
  await rm(request.logFile);
  t.like(await run(), { status: 'success', found: true });
  t.is(await readFile(request.logFile, 'utf8'), 'one\n');
  t.is(starts(), 1);
});

test('asked for by a process that died before it heard the answer: found, though it shows late', async (t) => {
  const { rig, memory, request, run, starts } = await world(t);
  memory.startAnswer = bug;
  await t.throwsAsync(startAndForget(rig, request, ['one']), { message: 'a bug' });
  memory.unseen = 20;
  t.like(await run(), { status: 'success', found: true });
  t.is(starts(), 1);
});

test('asked for by a process that died, and out of reach now: lost', async (t) => {
  const { rig, memory, request, run } = await world(t);
  memory.startAnswer = bug;
  await t.throwsAsync(startAndForget(rig, request, ['one']));
  memory.failures.find = [refused()];
  t.like(await run(), { status: 'lost', reason: 'nobody knows whether it was started: HTTP 403', found: true });
});

test('cancelled while it cannot be seen yet', async (t) => {
  const { memory, cancel, run } = await world(t, hangs);
  memory.startAnswer = 'null';
  memory.unseen = 1e9;
  const { find } = memory.ci;
  let looks = 0;
  Object.assign(memory.ci, {
    find: async (...given: Parameters<typeof find>) => {
      looks += 1;
      if (looks === 5) cancel.abort();
      return await find(...given);
    },
  });
  t.like(await run(), {
    status: 'cancelled',
    reason: 'it was cancelled; it was asked for at CI at https://ci.example.org, and may go on there',
  });
});

test('a job that another system ended says who', async (t) => {
  const { memory, run } = await world(t, hangs);
  const onLine = () => {
    for (const found of memory.runs.values()) found.state = { phase: 'ended', result: 'cancelled', said: 'ABORTED' };
  };
  t.like(await run({ onLine }), {
    status: 'cancelled',
    reason: 'it was cancelled at CI at https://ci.example.org: ABORTED',
  });
});

test('a process that waits for another one steps in when that one dies; each line is given once', async (t) => {
  const { rig, request, run, starts, memory } = await world(t, { lines: ['one', 'two'], ends: 'never' });
  const other = spawn('cat', { stdio: ['pipe', 'ignore', 'inherit'] });
  t.teardown(() => other.kill('SIGKILL'));
  await once(other, 'spawn');
  const patient = { ...request, timeoutMs: 1e12 };
  await startAndForget(rig, patient, ['one', 'two'], identify(other.pid ?? 0) ?? deadProcess);
  const seen: string[] = [];
  const onLine = (line: string) => {
    seen.push(line);
    if (line !== 'two') return;
    other.kill('SIGKILL');
    memory.finish(key, 'success');
  };
  t.like(await run({ ...patient, onLine }), { status: 'success', found: true });
  t.deepEqual(seen, ['one', 'two']);
  t.is(starts(), 1);
  t.is(await readFile(request.logFile, 'utf8'), 'one\ntwo\n');
});
