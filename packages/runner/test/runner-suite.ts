import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { ProcessIdentity, RunEffects, Runner, RunRequest, RunResult } from '../src/index.ts';
import { mortalClock, type TestClock } from './clocks.ts';

/** What a job of the suite does. */
export interface RigJob {
  /** What it prints as soon as it runs, each with a line end. */
  readonly lines: readonly string[];
  /** How it ends by itself, right after its lines; `never`: it goes on until {@link Rig.finish} or until it is ended. */
  readonly ends: 'success' | 'failure' | 'never';
  /** The report files that it leaves, by name. */
  readonly reports?: Readonly<Record<string, string>>;
}

/** A place where jobs run, with a stand-in behind it: one for each test. */
export interface Rig {
  /**
   * The time that every runner of the rig gets. {@link manualClock} for real processes; {@link hastyClock} for a system
   * that is polled, where a job of the suite has to run within a few polls.
   */
  readonly clock: TestClock;
  /** The time limit of the jobs, unless a test is about it; with a hasty clock it has to be a long one. */
  readonly timeoutMs: number;
  /** The exit code in a result of a job that ended well, and of one that ended badly; null where the system has none. */
  readonly exitCodes: { readonly success: number | null; readonly failure: number | null };
  /** What a result says of a job that ended badly. */
  readonly failureReason: RegExp;
  /** What the page of a run looks like; null where it has none. */
  readonly url: RegExp | null;
  /** Makes the job that is asked for with this key be like this. Returns what the request needs for it. */
  prepare(key: string, job: RigJob): Promise<Partial<RunRequest>> | Partial<RunRequest>;
  /** Returns a runner as a process of ours has it that has just started; `self`: who that process is, if not this one. */
  newRunner(self?: ProcessIdentity): Runner;
  /**
   * Asks for the run in a process of ours, lets that process die without a word when the job has printed its lines.
   * {@link startAndForget} does it for a runner that owns no process.
   */
  startAndDie(request: RunRequest, lines: readonly string[]): Promise<void>;
  /** The job ends by itself now; resolves when that can be seen. */
  finish(key: string, how: 'success' | 'failure'): Promise<void> | void;
  /** Makes that nobody can tell any more how the job ended. Only called while no process of ours watches it. */
  lose(key: string): Promise<void> | void;
  /** How many jobs were begun with this key. */
  begun(key: string): Promise<number> | number;
  /** Whether a job with this key goes on. */
  goesOn(key: string): Promise<boolean> | boolean;
}

/** A process that is not there: no system gives this number. */
export const deadProcess: ProcessIdentity = { pid: 4_194_305, start: '1', boot: null };

/** Does what {@link Rig.startAndDie} says, within this process; `self`: who that other one is taken for. */
export async function startAndForget(
  rig: Rig,
  request: RunRequest,
  lines: readonly string[],
  self: ProcessIdentity = deadProcess,
): Promise<void> {
  const clock = mortalClock(rig.clock);
  const printed = Promise.withResolvers<undefined>();
  let left = lines.length;
  const onLine = () => {
    left -= 1;
    if (left > 0) return;
    clock.die();
    printed.resolve(undefined);
  };
  const ended = rig.newRunner(self).run({ ...request, onLine }, { clock, signal: never(), log: quiet });
  await Promise.race([printed.promise, ended]);
}

const quiet: RunEffects['log'] = { debug: () => undefined, info: () => undefined, warning: () => undefined };
const never = (): AbortSignal => new AbortController().signal;

const key = 'run-1.of_the-suite';

/** What a test of the suite has at hand. */
async function scene(t: ExecutionContext, newRig: (t: ExecutionContext) => Promise<Rig> | Rig, job: RigJob) {
  const rig = await newRig(t);
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-runner-suite-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const cancel = new AbortController();
  // A job of a test that failed ends as well.
  t.teardown(() => {
    cancel.abort();
    rig.clock.advance(60_000);
  });
  const request: RunRequest = {
    name: 'job',
    key,
    command: [],
    env: {},
    facts: { 'full-hash': 'a'.repeat(32), release: 'master', job: 'job', key },
    logFile: join(folder, 'logs', 'job.log'),
    resultsDir: join(folder, 'results'),
    timeoutMs: rig.timeoutMs,
    ...(await rig.prepare(key, job)),
  };
  const warnings: string[] = [];
  const log = { ...quiet, warning: (text: string) => void warnings.push(text) };
  /** Runs it as a process that has just started; `printed` resolves when the job has printed its lines. */
  const run = (more: Partial<RunRequest> = {}) => {
    const lines: string[] = [];
    const printed = Promise.withResolvers<undefined>();
    const onLine = (line: string) => {
      if (lines.push(line) === job.lines.length) printed.resolve(undefined);
    };
    const result = rig
      .newRunner()
      .run({ ...request, onLine, ...more }, { clock: rig.clock, signal: cancel.signal, log });
    return { lines, result, printed: Promise.race([printed.promise, result]) };
  };
  return { rig, folder, request, cancel, warnings, run, logText: () => readFile(request.logFile, 'utf8') };
}

const lines = ['one', 'two', 'three'];
const hangs: RigJob = { lines, ends: 'never' };

/**
 * Tests what every runner has to do alike.
 * @param name what the tests are called by
 * @param newRig makes a place where jobs run; whatever it starts it ends by `t.teardown`
 */
export function runnerSuite(name: string, newRig: (t: ExecutionContext) => Promise<Rig> | Rig): void {
  const urlFits = (t: ExecutionContext, rig: Rig, { url }: RunResult) => {
    if (rig.url === null) t.is(url, null);
    else t.regex(url ?? '', rig.url);
  };

  test(`${name}: a success, its log and its reports`, async (t) => {
    const reports = { 'junit.xml': '<testsuites/>', 'other.xml': '<testsuite/>' };
    const { rig, request, warnings, run, logText } = await scene(t, newRig, { lines, ends: 'success', reports });
    const job = run();
    const result = await job.result;
    const { logFile, resultsDir } = request;
    t.like(result, { status: 'success', exitCode: rig.exitCodes.success, reason: null, logFile, found: false });
    urlFits(t, rig, result);
    t.deepEqual(job.lines, lines);
    t.is(await logText(), 'one\ntwo\nthree\n');
    const files = await readdir(resultsDir, { recursive: true, withFileTypes: true });
    t.deepEqual(
      files
        .filter((file) => file.isFile())
        .map((file) => file.name)
        .toSorted(),
      ['junit.xml', 'other.xml'],
    );
    t.deepEqual(warnings, []);
    t.is(await rig.begun(key), 1);
  });

  test(`${name}: a failure, its log and its reports`, async (t) => {
    const reports = { 'junit.xml': '<testsuites/>' };
    const { rig, request, run, logText } = await scene(t, newRig, { lines, ends: 'failure', reports });
    const result = await run().result;
    t.like(result, { status: 'failure', exitCode: rig.exitCodes.failure, found: false });
    t.regex(result.reason ?? '', rig.failureReason);
    urlFits(t, rig, result);
    t.is(await logText(), 'one\ntwo\nthree\n');
    t.is((await readdir(request.resultsDir, { recursive: true })).filter((file) => file.endsWith('.xml')).length, 1);
  });

  test(`${name}: lines arrive while the job runs`, async (t) => {
    const { rig, run } = await scene(t, newRig, hangs);
    const job = run();
    await job.printed;
    t.deepEqual(job.lines, lines);
    t.true(await rig.goesOn(key));
    await rig.finish(key, 'success');
    t.like(await job.result, { status: 'success', found: false });
  });

  test(`${name}: the time limit ends the job; its log is kept`, async (t) => {
    const { rig, run, logText } = await scene(t, newRig, hangs);
    const job = run({ timeoutMs: 60_000 });
    await job.printed;
    rig.clock.advance(60_000);
    const result = await job.result;
    t.like(result, { status: 'timed-out', exitCode: null, found: false });
    t.regex(result.reason ?? '', /^it ran longer than 60 s/);
    t.true(result.durationMs >= 60_000);
    t.false(await rig.goesOn(key));
    t.is(await logText(), 'one\ntwo\nthree\n');
  });

  test(`${name}: cancelled before it began, it never begins`, async (t) => {
    const { rig, cancel, run } = await scene(t, newRig, hangs);
    cancel.abort(new Error('Ctrl-C'));
    t.like(await run().result, { status: 'cancelled', exitCode: null, found: false });
    t.is(await rig.begun(key), 0);
  });

  test(`${name}: cancelled while it runs, it ends`, async (t) => {
    const { rig, cancel, run, logText } = await scene(t, newRig, hangs);
    const job = run();
    await job.printed;
    cancel.abort(new Error('Ctrl-C'));
    t.like(await job.result, { status: 'cancelled', exitCode: null });
    t.false(await rig.goesOn(key));
    t.is(await logText(), 'one\ntwo\nthree\n');
  });

  for (const how of ['success', 'failure'] as const) {
    test(`${name}: found by the next process while it runs, and its ${how} learned`, async (t) => {
      const { rig, request, run, logText } = await scene(t, newRig, hangs);
      await rig.startAndDie(request, lines);
      t.true(await rig.goesOn(key), 'it outlives us');
      const job = run();
      await job.printed;
      await rig.finish(key, how);
      const result = await job.result;
      t.like(result, { status: how, exitCode: rig.exitCodes[how], found: true });
      urlFits(t, rig, result);
      t.deepEqual(job.lines, lines, 'all lines, also those before');
      t.is(await logText(), 'one\ntwo\nthree\n');
      t.is(await rig.begun(key), 1);
    });

    test(`${name}: ended while no process of ours was there: its ${how} is learned`, async (t) => {
      const { rig, request, run } = await scene(t, newRig, hangs);
      await rig.startAndDie(request, lines);
      await rig.finish(key, how);
      const job = run();
      t.like(await job.result, { status: how, exitCode: rig.exitCodes[how], found: true });
      t.deepEqual(job.lines, lines);
      t.is(await rig.begun(key), 1);
    });
  }

  test(`${name}: the time limit counts from the job's start, not from ours`, async (t) => {
    const { rig, request, run } = await scene(t, newRig, hangs);
    await rig.startAndDie({ ...request, timeoutMs: 60_000 }, lines);
    rig.clock.advance(60_000);
    t.like(await run({ timeoutMs: 60_000 }).result, { status: 'timed-out', exitCode: null, found: true });
    t.false(await rig.goesOn(key));
    t.is(await rig.begun(key), 1);
  });

  test(`${name}: cancelled by the process that found it`, async (t) => {
    const { rig, request, cancel, run } = await scene(t, newRig, hangs);
    await rig.startAndDie(request, lines);
    const job = run();
    await job.printed;
    cancel.abort(new Error('Ctrl-C'));
    t.like(await job.result, { status: 'cancelled', found: true });
    t.false(await rig.goesOn(key));
  });

  test(`${name}: asked for twice at the same time, one begins and the other finds it`, async (t) => {
    const { rig, run } = await scene(t, newRig, hangs);
    const jobs = [run(), run()];
    await Promise.all(jobs.map((job) => job.printed));
    await rig.finish(key, 'failure');
    const results = await Promise.all(jobs.map((job) => job.result));
    t.deepEqual(results.map(({ found }) => found).toSorted(), [false, true]);
    t.deepEqual(
      results.map(({ status }) => status),
      ['failure', 'failure'],
    );
    t.is(await rig.begun(key), 1);
  });

  test(`${name}: asked for again after its end, it is the same result`, async (t) => {
    const { rig, run } = await scene(t, newRig, { lines, ends: 'failure' });
    const first = await run().result;
    const again = run();
    t.deepEqual(await again.result, { ...first, found: true });
    t.deepEqual(again.lines, lines);
    t.is(await rig.begun(key), 1);
  });

  test(`${name}: nobody knows how it ended: lost, and not begun again`, async (t) => {
    const { rig, request, run } = await scene(t, newRig, hangs);
    await rig.startAndDie(request, lines);
    await rig.lose(key);
    const result = await run().result;
    t.like(result, { status: 'lost', exitCode: null, found: true });
    t.truthy(result.reason);
    t.is(await rig.begun(key), 1);
  });
}
