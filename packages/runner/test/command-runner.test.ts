import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath, kill } from 'node:process';
import { PassThrough } from 'node:stream';
import type { Clock } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { createCommandRunner, type RunRequest, RunnerError } from '../src/index.ts';

/** A clock whose time passes only when a test says so. */
function manualClock(): Clock & { advance(ms: number): void } {
  let now = 1000;
  let sleepers: { until: number; wake: () => void }[] = [];
  const wakeDue = () => {
    const due = sleepers.filter((sleeper) => sleeper.until <= now);
    sleepers = sleepers.filter((sleeper) => sleeper.until > now);
    for (const sleeper of due) sleeper.wake();
  };
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { until: now + ms, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          reject(signal.reason as Error);
        });
      }),
    advance: (ms) => {
      now += ms;
      wakeDue();
    },
  };
}

async function world(t: ExecutionContext) {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-runner-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const clock = manualClock();
  const cancel = new AbortController();
  const logFile = join(folder, 'logs', 'job.log');
  const run = (code: string, more: Partial<RunRequest> = {}) =>
    createCommandRunner({ graceMs: 5000 }).run(
      { name: 'job', command: [execPath, '-e', code], env: {}, logFile, timeoutMs: 60_000, ...more },
      { clock, signal: cancel.signal },
    );
  return { folder, clock, cancel, logFile, run };
}

/** Resolves with what the job printed after `word `. */
function firstLine(): { onLine: (line: string) => void; line: Promise<string> } {
  const { promise, resolve } = Promise.withResolvers<string>();
  return { onLine: resolve, line: promise };
}

test('a job that succeeds: both streams in the log, line by line', async (t) => {
  const { logFile, run } = await world(t);
  const lines: string[] = [];
  const result = await run(`console.log('out'); console.error('err'); process.stdout.write('no line end')`, {
    onLine: (line) => lines.push(line),
  });
  t.deepEqual(result, { status: 'success', exitCode: 0, durationMs: 0, logFile, reason: null });
  t.deepEqual(lines.toSorted(), ['err', 'no line end', 'out']);
  t.is((await readFile(logFile, 'utf8')).length, 'out\nerr\nno line end'.length);
});

test('a job that fails says its exit code', async (t) => {
  const { run } = await world(t);
  const { status, exitCode, reason } = await run('process.exit(7)');
  t.deepEqual({ status, exitCode, reason }, { status: 'failure', exitCode: 7, reason: 'it ended with exit code 7' });
});

test('a job that a signal ends says which', async (t) => {
  const { run } = await world(t);
  const { status, exitCode, reason } = await run('process.abort()');
  t.deepEqual({ status, exitCode, reason }, { status: 'failure', exitCode: null, reason: 'it was ended by SIGABRT' });
});

test('the environment is what was given and nothing else', async (t) => {
  const { run } = await world(t);
  const lines: string[] = [];
  await run('console.log(JSON.stringify(process.env))', { env: { ONLY: 'this' }, onLine: (line) => lines.push(line) });
  t.deepEqual(lines, ['{"ONLY":"this"}']);
});

test('no shell reads the arguments', async (t) => {
  const { run } = await world(t);
  const lines: string[] = [];
  await run('console.log(process.argv[1])', {
    command: [execPath, '-e', 'console.log(process.argv[1])', '$(id) ; * "x"'],
    onLine: (line) => lines.push(line),
  });
  t.deepEqual(lines, ['$(id) ; * "x"']);
});

const unstartable: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['a program that is not there', ['no-such-program-here'], /no program "no-such-program-here"/],
  ['a program that cannot run', ['/'], /could not be started/],
  ['an empty command', [], /could not be started/],
];
for (const [name, command, reason] of unstartable) {
  test(`${name} is not started`, async (t) => {
    const { run } = await world(t);
    const result = await run('', { command });
    t.is(result.status, 'not-started');
    t.is(result.exitCode, null);
    t.regex(result.reason ?? '', reason);
  });
}

test('the time limit ends the whole group', async (t) => {
  const { clock, run } = await world(t);
  const { onLine, line } = firstLine();
  const parent = `
    const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    console.log(child.pid); setInterval(() => {}, 1000)`;
  const running = run(parent, { onLine });
  const grandchild = Number(await line);
  t.true(kill(grandchild, 0));
  clock.advance(60_000);
  const result = await running;
  t.like(result, { status: 'timed-out', exitCode: null, durationMs: 60_000, reason: 'it ran longer than 60 s' });
  await gone(t, grandchild);
});

test('a job that ignores SIGTERM is killed after the grace time', async (t) => {
  const { clock, cancel, run } = await world(t);
  const seen = new PassThrough({ objectMode: true });
  const running = run(
    `process.on('SIGTERM', () => console.log('no')); console.log('ready'); setInterval(() => {}, 1000)`,
    { onLine: (line) => seen.write(line) },
  );
  await once(seen, 'data');
  const refused = once(seen, 'data');
  cancel.abort(new Error('Ctrl-C'));
  t.deepEqual(await refused, ['no']);
  clock.advance(5000);
  t.like(await running, { status: 'cancelled', exitCode: null });
});

test('a job that tidies up after SIGTERM is cancelled all the same, without waiting for the grace time', async (t) => {
  const { cancel, run } = await world(t);
  const { onLine, line } = firstLine();
  const running = run(
    `process.on('SIGTERM', () => process.exit(0)); console.log('ready'); setInterval(() => {}, 1000)`,
    {
      onLine,
    },
  );
  await line;
  cancel.abort();
  t.like(await running, { status: 'cancelled', exitCode: null, durationMs: 0 });
});

test('a job that is cancelled before it began never starts', async (t) => {
  const { cancel, logFile, run } = await world(t);
  cancel.abort();
  t.like(await run(`console.log('started')`), { status: 'cancelled' });
  t.is(await readFile(logFile, 'utf8'), '');
});

test('what a job leaves behind in its group ends with it, and does not hold the log open', async (t) => {
  const { run } = await world(t);
  const { onLine, line } = firstLine();
  const result = await run(
    `const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {stdio: ['ignore', 'inherit', 'inherit']});
     console.log(child.pid); child.unref()`,
    { onLine },
  );
  t.is(result.status, 'success');
  const left = Number(await line);
  await gone(t, left);
});

test('much output arrives whole', async (t) => {
  const { logFile, run } = await world(t);
  let bytes = 0;
  await run(`for (let i = 0; i < 20000; i++) console.log('x'.repeat(99))`, {
    onLine: (line) => (bytes += line.length + 1),
  });
  t.is(bytes, 2_000_000);
  t.is((await readFile(logFile)).length, 2_000_000);
});

test('a log file that cannot be written stops the job before it starts', async (t) => {
  const { folder, run } = await world(t);
  await t.throwsAsync(run('', { logFile: folder }), { instanceOf: RunnerError, code: 'log-unwritable' });
});

/** The state letter of /proc, or null when the process is gone. A killed orphan may be a zombie until init reaps it. */
async function statusOf(pid: number): Promise<string | null> {
  try {
    return /^State:\s+(\w)/m.exec(await readFile(`/proc/${String(pid)}/status`, 'utf8'))?.[1] ?? null;
  } catch {
    return null;
  }
}

/** Resolves when the process is gone. */
async function gone(t: ExecutionContext, pid: number): Promise<void> {
  t.timeout(5000, `process ${String(pid)} still runs`);
  while (!['Z', 'X', null].includes(await statusOf(pid))) await new Promise((resolve) => setImmediate(resolve));
  t.pass();
}
