import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath, kill, pid } from 'node:process';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import {
  createCommandRunner,
  type ProcessIdentity,
  type RunRequest,
  RunnerError,
  type RunResult,
} from '../src/index.ts';
import { identify, isAlive, statOf } from '../src/process-identity.ts';
import { newRecord, type RunRecord } from '../src/run-record.ts';
import { manualClock } from './clocks.ts';
import { startAndDie, until } from './command-rig.ts';
import { deadProcess } from './runner-suite.ts';

const quiet = { debug: () => undefined, info: () => undefined, warning: () => undefined };
const effects = () => ({ clock: manualClock(), signal: new AbortController().signal, log: quiet });

/** A folder with what processes before this one left: the files beside the log, by name. */
async function world(t: ExecutionContext, left: Readonly<Record<string, string>> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-found-again-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const logFile = join(folder, 'job.log');
  await mkdir(`${logFile}.run`);
  await writeFile(logFile, 'of before\n');
  for (const [name, text] of Object.entries(left)) await writeFile(join(`${logFile}.run`, name), text);
  const request: RunRequest = {
    ...{ name: 'job', key: 'key-1', env: {}, facts: {}, timeoutMs: 60_000 },
    ...{ command: ['/bin/sh', '-c', 'echo anew'], logFile, resultsDir: join(folder, 'results') },
  };
  return { request, logText: () => readFile(logFile, 'utf8') };
}

const self = identify(pid);
const other: ProcessIdentity = { pid, start: '1', boot: self?.boot ?? null };
const dead: ProcessIdentity = { ...deadProcess, boot: self?.boot ?? null };
const record = (change: Partial<RunRecord>, key = 'key-1'): string => {
  const before = newRecord({ key, owner: dead, startedAt: 1000 });
  return JSON.stringify({ schema: 'tagflow/run/v1', ...before, ...change });
};
const running = (job: ProcessIdentity | null) => record({ phase: 'running', job });
const ending = {
  status: 'failure',
  exitCode: 3,
  durationMs: 5,
  reason: 'it ended with exit code 3',
  url: null,
} as const;

type Expected = Pick<RunResult, 'status' | 'found'> & { readonly reason?: RegExp; readonly log: string };
const anew: Expected = { status: 'success', found: false, log: 'anew\n' };
const lost = (reason: RegExp): Expected => ({ status: 'lost', found: true, reason, log: 'of before\n' });

const windows: readonly (readonly [string, Readonly<Record<string, string>>, Expected])[] = [
  ['a log without a record', {}, anew],
  ['a starter that died before anything ran', { '1.json': record({}) }, anew],
  ['a starter on a machine that was started anew', { '1.json': record({ owner: deadProcess }) }, anew],
  ['a starter that died before it said go', { '1.json': running(dead), '1.exit': 'void\n' }, anew],
  ['a run that never began', { '1.json': record({ phase: 'void', owner: self }) }, anew],
  ['a watcher that was killed', { '1.json': running(dead) }, lost(/what watched over it was killed/)],
  ['a number that is of another process now', { '1.json': running(other) }, lost(/was killed/)],
  ['a machine that was started anew', { '1.json': running(deadProcess) }, lost(/was started anew since/)],
  [
    'a machine that was started anew, after the end',
    { '1.json': running(deadProcess), '1.exit': 'exit 0\n' },
    { status: 'success', found: true, log: 'of before\n' },
  ],
  ['an end that was half written', { '1.json': running(dead), '1.exit': 'exit 0' }, lost(/was killed/)],
  [
    'a failure nobody was told of',
    { '1.json': running(dead), '1.exit': 'exit 3\n' },
    { status: 'failure', found: true, reason: /^it ended with exit code 3$/, log: 'of before\n' },
  ],
  [
    'a failure somebody was told of',
    { '1.json': record({ phase: 'ended', ending }) },
    { status: 'failure', found: true, reason: /^it ended with exit code 3$/, log: 'of before\n' },
  ],
  [
    'a run that was cancelled',
    { '1.json': record({ phase: 'ended', ending: { ...ending, status: 'cancelled', exitCode: null } }) },
    anew,
  ],
  [
    'a time limit that was being kept',
    {
      '1.json': record({
        phase: 'running',
        job: dead,
        stopping: { status: 'timed-out', reason: 'it ran longer than 60 s' },
      }),
    },
    { status: 'timed-out', found: true, log: 'of before\n' },
  ],
  [
    'the newest of several runs counts',
    { '1.json': record({ phase: 'void' }), '10.json': running(dead), '2.json': record({}) },
    lost(/was killed/),
  ],
  ['another key, ended', { '1.json': record({ phase: 'ended', ending }, 'key-0') }, anew],
  ['another key, and nobody left of it', { '1.json': record({ phase: 'running', job: dead }, 'key-0') }, anew],
];
for (const [name, left, { log, reason, ...expected }] of windows) {
  test(`after ${name}: ${expected.status}, ${expected.found ? 'found' : 'anew'}`, async (t) => {
    const { request, logText } = await world(t, left);
    const result = await createCommandRunner().run(request, effects());
    t.like(result, expected);
    if (reason !== undefined) t.regex(result.reason ?? '', reason);
    t.is(await logText(), log);
  });
}

test('only this very process counts as it', (t) => {
  const living = self ?? deadProcess;
  t.true(isAlive(living));
  t.false(isAlive({ ...living, start: '1' }), 'another one that got its number');
  t.false(isAlive({ ...living, boot: 'another' }), 'one of another start of the machine');
  t.false(isAlive(dead));
});

const refused: readonly (readonly [string, string, RunnerError['code'], RegExp])[] = [
  [
    'another run that is being started',
    record({ owner: self }, 'key-0'),
    'run-in-the-way',
    /job\.log belongs to a run that goes on: key-0/,
  ],
  ['another run that goes on', record({ phase: 'running', job: self }, 'key-0'), 'run-in-the-way', /process group \d+/],
  ['a record that is cut', '{"schema":', 'bad-record', /1\.json/],
  ['a record of something else', '{"schema":"x/v1"}', 'bad-record', /schema tagflow\/run\/v1/],
];
for (const [name, text, code, message] of refused) {
  test(`${name} is not overwritten`, async (t) => {
    const { request, logText } = await world(t, { '1.json': text });
    await t.throwsAsync(createCommandRunner().run(request, effects()), { instanceOf: RunnerError, code, message });
    t.is(await logText(), 'of before\n');
  });
}

test('what outlived its watcher, and us, is killed', async (t) => {
  const { request } = await world(t);
  const pidFile = `${request.logFile}.pid`;
  const script = `echo $$ >${pidFile}; mkfifo ${pidFile}.fifo; echo begun; read x <${pidFile}.fifo`;
  const hung = { ...request, command: ['/bin/sh', '-c', script], env: { PATH: '/usr/bin:/bin' } };
  const leader = await startAndDie(hung, 1, 1000);
  t.true(existsSync(pidFile));
  const job = Number(readFileSync(pidFile, 'utf8'));
  kill(leader, 'SIGKILL');
  await until(t, 'its watcher is gone', () => statOf(leader) === null);
  t.not(statOf(job), null);
  t.like(await createCommandRunner().run(hung, effects()), { status: 'lost', found: true });
  await until(t, 'it is gone', () => statOf(job) === null);
});

test('what a job leaves behind ends with it, also when no process of ours is there', async (t) => {
  const { request } = await world(t);
  const base = `${request.logFile}.test`;
  const script = `mkfifo ${base}.a ${base}.b; sh -c 'echo $$ >${base}.pid; echo begun; read x <${base}.b' & read x <${base}.a`;
  const command = ['/bin/sh', '-c', script];
  const leader = await startAndDie({ ...request, command, env: { PATH: '/usr/bin:/bin' } }, 1, 1000);
  const left = Number(readFileSync(`${base}.pid`, 'utf8'));
  t.not(statOf(left), null);
  await writeFile(`${base}.a`, 'end\n');
  await until(t, 'both are gone', () => statOf(leader) === null && statOf(left) === null);
  t.like(await createCommandRunner().run(request, effects()), { status: 'success', found: true });
});

test('a process that dies before it says go leaves a job that never begins', async (t) => {
  const { request, logText } = await world(t);
  const exitFile = join(`${request.logFile}.run`, '1.exit');
  const script = fileURLToPath(new URL('spawn-and-die.ts', import.meta.url));
  const starter = spawn(execPath, [script, JSON.stringify(request), exitFile], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => starter.kill('SIGKILL'));
  const [line] = (await once(starter.stdout, 'data')) as [Buffer];
  const leader = Number(String(line));
  t.not(statOf(leader), null);
  starter.kill('SIGKILL');
  await until(t, 'its watcher is gone', () => statOf(leader) === null);
  t.is(await readFile(exitFile, 'utf8'), 'void\n');
  t.is(await logText(), 'of before\n');
});
