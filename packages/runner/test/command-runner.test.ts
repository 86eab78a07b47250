import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execPath, kill, memoryUsage } from 'node:process';
import { PassThrough } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test, { type ExecutionContext } from 'ava';
import { type CommandRunnerOptions, createCommandRunner, type RunRequest, RunnerError } from '../src/index.ts';
import { statOf } from '../src/process-identity.ts';
import { manualClock } from './clocks.ts';
import { until } from './command-rig.ts';

const quiet = { debug: () => undefined, info: () => undefined, warning: () => undefined };

async function world(t: ExecutionContext) {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-runner-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const clock = manualClock();
  const cancel = new AbortController();
  // A job of a test that failed ends as well.
  t.teardown(() => {
    cancel.abort();
    clock.advance(5000);
  });
  const logFile = join(folder, 'logs', 'job.log');
  const request: RunRequest = {
    ...{ name: 'job', key: 'key-1', command: [], env: {}, facts: {}, timeoutMs: 60_000 },
    ...{ logFile, resultsDir: join(folder, 'results') },
  };
  const run = (code: string, more: Partial<RunRequest> = {}, options: CommandRunnerOptions = {}) =>
    createCommandRunner({ graceMs: 5000, ...options }).run(
      { ...request, command: [execPath, '-e', code], ...more },
      { clock, signal: cancel.signal, log: quiet },
    );
  return { folder, clock, cancel, logFile, request, run };
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
  const nothing = { durationMs: 0, reason: null, url: null, found: false };
  t.deepEqual(result, { status: 'success', exitCode: 0, logFile, ...nothing });
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
  const expected = { status: 'failure', exitCode: 134, reason: 'it ended with exit code 134, as after SIGABRT' };
  t.deepEqual({ status, exitCode, reason }, expected);
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
  await until(t, 'it is gone', () => statOf(grandchild) === null);
  t.pass();
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

test('a job has its grace time to tidy up', async (t) => {
  const { clock, run, logFile } = await world(t);
  const { onLine, line } = firstLine();
  const tidy = `process.on('SIGTERM', () => setTimeout(() => { console.log('tidied'); process.exit(0); }, 100))`;
  const running = run(`${tidy}; console.log('ready'); setInterval(() => {}, 1000)`, { onLine });
  await line;
  clock.advance(60_000);
  t.like(await running, { status: 'timed-out', exitCode: null });
  t.is(await readFile(logFile, 'utf8'), 'ready\ntidied\n');
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
  await until(t, 'it is gone', () => statOf(left) === null);
  t.pass();
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

test('a job whose watcher is killed is lost, and ends', async (t) => {
  const { run } = await world(t);
  const { onLine, line } = firstLine();
  const result = await run(
    `console.log(process.pid); setInterval(() => {}, 1000); process.kill(process.ppid, 'SIGKILL')`,
    { onLine },
  );
  t.like(result, { status: 'lost', reason: 'nobody knows how it ended: what watched over it was killed' });
  const job = Number(await line);
  await until(t, 'it is gone', () => statOf(job) === null);
});

test('without a shell: success, failure, the end of the group', async (t) => {
  const without = { shell: null };
  const one = await world(t);
  t.like(await one.run(`console.log('out')`, {}, without), { status: 'success', exitCode: 0 });
  t.is(await readFile(one.logFile, 'utf8'), 'out\n');
  const two = await world(t);
  const expected = { status: 'failure', exitCode: null, reason: 'it was ended by SIGABRT' } as const;
  t.like(await two.run('process.abort()', {}, without), expected);
  const three = await world(t);
  const { onLine, line } = firstLine();
  const running = three.run(`console.log(process.pid); setInterval(() => {}, 1000)`, { onLine }, without);
  const job = Number(await line);
  three.clock.advance(60_000);
  t.like(await running, { status: 'timed-out' });
  t.is(statOf(job), null);
});

test('a log on a full disk: no success, then or later', async (t) => {
  const { logFile, run } = await world(t);
  await mkdir(dirname(logFile));
  await symlink('/dev/full', logFile);
  const command = ['/bin/sh', '-c', 'echo lost 2>/dev/null; exit 0'];
  await t.throwsAsync(run('', { command }), { instanceOf: RunnerError, code: 'log-unwritable' });
  t.like(await run('', { command }), { status: 'lost', found: true });
});

test('a log that the job removed: no success', async (t) => {
  const { logFile, run } = await world(t);
  const code = `require('node:fs').rmSync(${JSON.stringify(logFile)})`;
  await t.throwsAsync(run(code), { instanceOf: RunnerError, code: 'log-unwritable' });
});

test('what is written down of a run has no environment and no command', async (t) => {
  const { logFile, run } = await world(t);
  await run('', { env: { TOKEN: 'hunter2' }, command: [execPath, '-e', '', 'sesame'] });
  const folder = `${logFile}.run`;
  const files = await readdir(folder);
  t.deepEqual(files.toSorted(), ['1.exit', '1.json']);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  t.notRegex(texts.join(''), /hunter2|sesame/);
});

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

// Alone, because what other tests use counts as well.
test.serial('a long log: one piece of it at a time, and lines of a bounded length', async (t) => {
  const { logFile, run } = await world(t);
  const script = `head -c 134217728 /dev/zero; echo; yes 0123456789abcde | head -c 33554432`;
  // What is held, not what the collector has not come to yet.
  const held = (): number => {
    collect();
    const { heapUsed, arrayBuffers } = memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = held();
  let [longest, count, most] = [0, 0, before];
  const result = await run('', {
    command: ['/bin/sh', '-c', script],
    onLine: (line) => {
      longest = Math.max(longest, line.length);
      count += 1;
      if (count % 100_000 === 0) most = Math.max(most, held());
    },
  });
  t.is(result.status, 'success');
  t.is((await stat(logFile)).size, 167_772_161);
  t.is(longest, 65_536);
  t.is(count, 2048 + 2_097_152);
  t.true(most - before < 40_000_000, `${String(most - before)} bytes more than before`);
});
