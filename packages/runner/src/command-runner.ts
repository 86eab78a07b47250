import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { kill } from 'node:process';
import type { Readable } from 'node:stream';
import type { Clock } from '@tagflow/model';
import { type LogFile, openLogFile } from './log-file.ts';
import type { RunEffects, Runner, RunRequest, RunResult } from './runner.ts';

export interface CommandRunnerOptions {
  /** How long a job may tidy up after SIGTERM before SIGKILL; default 10 s. */
  readonly graceMs?: number;
}

/**
 * Returns a runner that starts the job as a command on this machine, in a process group of its own. Nothing of the
 * group outlives the job: at its end, its time limit or a cancel the whole group is killed.
 */
export function createCommandRunner({ graceMs = 10_000 }: CommandRunnerOptions = {}): Runner {
  return {
    run: async (request, effects) => {
      const started = effects.clock.now();
      const log = await openLogFile(request.logFile);
      const ending = effects.signal.aborted ? cancelled : await runInGroup(request, effects, graceMs, log);
      await log.close();
      return { ...ending, durationMs: effects.clock.now() - started, logFile: request.logFile };
    },
  };
}

type Child = ChildProcessByStdio<null, Readable, Readable>;
type Ending = Pick<RunResult, 'status' | 'exitCode' | 'reason'>;

const cancelled: Ending = { status: 'cancelled', exitCode: null, reason: 'it was cancelled' };

async function runInGroup(request: RunRequest, effects: RunEffects, graceMs: number, log: LogFile): Promise<Ending> {
  const { clock, signal } = effects;
  const child = start(request);
  if (child instanceof Error) return notStarted(request, child);
  const onLine = request.onLine ?? (() => undefined);
  const exited = endingOf(child, request);
  const closed = Promise.all([log.copy(child.stdout, onLine), log.copy(child.stderr, onLine)]);

  const interruption = await interruptionOf(exited, request, { clock, signal });
  if (interruption !== null) {
    killGroup(child, 'SIGTERM');
    await within(clock, graceMs, exited);
  }
  killGroup(child, 'SIGKILL');
  const ending = await exited;
  // A process that left the group may hold the pipes for ever; it is not waited for longer than this.
  await within(clock, graceMs, closed);
  child.stdout.destroy();
  child.stderr.destroy();
  return interruption ?? ending;
}

function start(request: RunRequest): Child | Error {
  const [program = '', ...args] = request.command;
  try {
    return spawn(program, args, {
      env: request.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Makes it the leader of a group of its own, so that one signal reaches whatever the job has started.
      detached: true,
      ...(request.cwd === undefined ? {} : { cwd: request.cwd }),
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function endingOf(child: Child, request: RunRequest): Promise<Ending> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      // Comes as well when a signal could not be sent to a child that runs; the exit is still to come then.
      if (child.pid === undefined) resolve(notStarted(request, error));
    });
    child.once('exit', (exitCode, signal) => {
      const how =
        exitCode === null ? `was ended by ${signal ?? 'a signal'}` : `ended with exit code ${String(exitCode)}`;
      resolve(
        exitCode === 0
          ? { status: 'success', exitCode, reason: null }
          : { status: 'failure', exitCode, reason: `it ${how}` },
      );
    });
  });
}

function notStarted(request: RunRequest, error: Error): Ending {
  const [program = ''] = request.command;
  const code = 'code' in error ? error.code : null;
  const why =
    code === 'ENOENT'
      ? `there is no program "${program}"${request.cwd === undefined ? '' : `, or no folder ${request.cwd}`}`
      : error.message;
  return { status: 'not-started', exitCode: null, reason: `it could not be started: ${why}` };
}

/** Waits for the end of the job, its time limit or a cancel. Null when it ended first. */
async function interruptionOf(
  exited: Promise<Ending>,
  request: RunRequest,
  { clock, signal }: RunEffects,
): Promise<Ending | null> {
  const over = new AbortController();
  const aborted = new Promise<'aborted'>((resolve) => {
    const abort = () => {
      resolve('aborted');
    };
    signal.addEventListener('abort', abort, { signal: over.signal });
  });
  const inTime = await within(clock, request.timeoutMs, Promise.race([exited, aborted]));
  over.abort();
  if (signal.aborted) return cancelled;
  if (inTime) return null;
  const reason = `it ran longer than ${String(Math.round(request.timeoutMs / 1000))} s`;
  return { status: 'timed-out', exitCode: null, reason };
}

/** Returns true when the event came before the time was up. */
async function within(clock: Clock, ms: number, event: Promise<unknown>): Promise<boolean> {
  const over = new AbortController();
  const timeUp = clock.sleep(ms, over.signal).then(
    () => false,
    () => true,
  );
  const came = await Promise.race([event.then(() => true), timeUp]);
  over.abort();
  return came;
}

function killGroup(child: Child, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    kill(-child.pid, signal);
  } catch {
    // The group is gone already, or this system has none (Windows).
    child.kill(signal);
  }
}
