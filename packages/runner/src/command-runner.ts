import { mkdir } from 'node:fs/promises';
import { pid, platform } from 'node:process';
import { type Clock, messageOf } from '@tagflow/model';
import { claimRun, type Judge } from './claim.ts';
import { watchPaths } from './changes.ts';
import { endOfJob, type RunningJob } from './end-of-job.ts';
import { type JobProcess, startJob } from './job-process.ts';
import { openLog } from './log-file.ts';
import { killGroup } from './process-group.ts';
import { identify, type ProcessIdentity } from './process-identity.ts';
import { whyUnstartable } from './program.ts';
import { type Ending, type Entry, exitFile, updateEntry, voidEntry } from './run-record.ts';
import { RunnerError } from './error.ts';
import type { RunEffects, Runner, RunRequest, RunResult } from './runner.ts';
import { tailFile } from './tail.ts';
import { within } from './waiting.ts';

export interface CommandRunnerOptions {
  /** How long a job may tidy up after SIGTERM before SIGKILL; default 10 s. */
  readonly graceMs?: number;
  /**
   * The POSIX shell that watches over a job, so that its end is known also when this process died before. Null where
   * there is none, as on Windows: such a run is not found again, but `lost`. Default: /bin/sh, but on Windows.
   */
  readonly shell?: string | null;
}

/**
 * Returns a runner that starts the job as a command on this machine, in a process group of its own. Nothing of the
 * group outlives the job: at its end, its time limit or a cancel the whole group is killed. The death of this process
 * is none of these: the job goes on, and whoever asks for the same key, with the same log file, finds it, as it also
 * finds how it ended. (Needs /proc; on macOS only a run that has ended meanwhile is found, another one is `lost`.)
 */
export function createCommandRunner(options: CommandRunnerOptions = {}): Runner {
  const { graceMs = 10_000, shell = platform === 'win32' ? null : '/bin/sh' } = options;
  return {
    run: async (request, effects) => {
      const { logFile } = request;
      const unstarted = (status: 'cancelled' | 'not-started', reason: string): RunResult => {
        return { status, exitCode: null, durationMs: 0, reason, url: null, logFile, found: false };
      };
      // Who reads the log next has one to read, however this goes on.
      await (await openLog(logFile, false)).close();
      if (effects.signal.aborted) return unstarted('cancelled', 'it was cancelled');
      await mkdir(request.resultsDir, { recursive: true });
      for (;;) {
        const claim = await claimRun(request, self(), effects, judge);
        if (claim === null) return unstarted('cancelled', 'it was cancelled');
        const running = claim.mine
          ? await start(request, claim.entry, shell, effects.clock)
          : { entry: claim.entry, gone: null };
        if (typeof running === 'string') return unstarted('not-started', `it could not be started: ${running}`);
        const ending = await stream(request, effects, graceMs, running);
        if (ending !== null) return { ...ending, logFile, found: !claim.mine };
        // Whoever wanted to start it died before it said go.
        await voidEntry(claim.entry);
      }
    },
  };
}

// Nothing begins before the record says `running`, so a starter that died in between has left nothing behind.
const judge: Judge = ({ record }, ownerLives) => {
  if (record.phase === 'running') return 'found';
  return ownerLives ? 'wait' : { anew: {} };
};

function self(): ProcessIdentity {
  return identify(pid) ?? { pid, start: null, boot: null };
}

/** Starts the job. Returns why not where it cannot be. */
async function start(
  request: RunRequest,
  claimed: Entry,
  shell: string | null,
  clock: Clock,
): Promise<RunningJob | string> {
  let job: JobProcess | null = null;
  try {
    const why = await whyUnstartable(request);
    if (why !== null) {
      await voidEntry(claimed);
      return why;
    }
    const log = await openLog(request.logFile, true);
    try {
      job = await startJob(request, log.fd, exitFile(claimed), shell);
    } finally {
      await log.close();
    }
    const leader = identify(job.pid);
    const entry = await updateEntry(claimed, { phase: 'running', job: leader });
    job.go();
    return { entry, gone: job.gone };
  } catch (error) {
    const leader = job === null ? null : identify(job.pid);
    if (leader !== null) await killGroup(leader, clock);
    await voidEntry(claimed);
    if (error instanceof RunnerError) throw error;
    return messageOf(error);
  }
}

/** Gives the log away while the job runs, and returns how it ended once all of the log was given. */
async function stream(
  request: RunRequest,
  effects: RunEffects,
  graceMs: number,
  running: RunningJob,
): Promise<Ending | null> {
  const { logFile, onLine = () => undefined } = request;
  const written = watchPaths([logFile]);
  const enough = new AbortController();
  const tail = tailFile(logFile, onLine, written, { clock: effects.clock, signal: enough.signal });
  try {
    const ending = running.entry.record.ending ?? (await endOfJob(request, effects, graceMs, running));
    const read = tail.finish();
    // Who says stop does not wait for the rest of a long log.
    if (!effects.signal.aborted) await read;
    else if (!(await within(effects.clock, graceMs, read))) enough.abort();
    return ending;
  } finally {
    enough.abort();
    await tail.finish().catch(() => undefined);
    written.close();
  }
}
