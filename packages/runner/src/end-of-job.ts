import { rm } from 'node:fs/promises';
import type { Clock } from '@tagflow/model';
import { type Changes, watchPaths } from './changes.ts';
import { type Exit, formatExit, readExit } from './job-process.ts';
import { expectLogKept } from './log-file.ts';
import { killGroup, signalGroup } from './process-group.ts';
import { isAlive, isOfThisBoot, type ProcessIdentity } from './process-identity.ts';
import { type Ending, type Entry, exitFile, reread, type RunRecord, updateEntry } from './run-record.ts';
import type { RunEffects, RunRequest } from './runner.ts';
import { abortOf, within } from './waiting.ts';

/** A job that was begun. */
export interface RunningJob {
  readonly entry: Entry;
  /** Resolves when its leader is gone, with its exit where that is the job itself; null: it is no child of ours. */
  readonly gone: Promise<Exit | null> | null;
}

type Stopping = NonNullable<RunRecord['stopping']>;

/**
 * Waits for the end of a job, ends it at its time limit or when the signal says so, and returns how it ended once
 * nothing of its group is left: the same for every process that waits. Null when it never began, after all.
 * @throws RunnerError `log-unwritable` for a success whose log was not kept
 */
export async function endOfJob(
  request: RunRequest,
  { clock, signal }: RunEffects,
  graceMs: number,
  running: RunningJob,
): Promise<Ending | null> {
  const { entry } = running;
  const { job, startedAt } = entry.record;
  const changes = watchPaths([entry.folder]);
  const over = new AbortController();
  const cancel = abortOf(signal);
  try {
    const ended = learnExit(running, changes, clock, over.signal);
    let { stopping } = entry.record;
    if (stopping === null && (await ended.now()) === undefined) {
      const left = startedAt + request.timeoutMs - clock.now();
      const inTime = left > 0 && (await within(clock, left, Promise.race([ended.exit, cancel.aborted])));
      if (signal.aborted) stopping = cancelled;
      else if (!inTime) stopping = tooLong(request);
      // It may have ended by itself in this moment; then that counts.
      if ((await ended.now()) !== undefined) stopping = null;
    }
    if (stopping !== null && job !== null) {
      await updateEntry(entry, { stopping }).catch(() => undefined);
      if (signalGroup(job, 'SIGTERM')) await within(clock, graceMs, ended.exit);
    }
    const exit = stopping === null ? await ended.exit : ((await ended.now()) ?? null);
    if (exit === 'void') return null;
    if (job !== null) await killGroup(job, clock);
    return await settle(request, clock, entry, stopping, exit);
  } finally {
    over.abort();
    cancel.forget();
    changes.notify();
    changes.close();
  }
}

const cancelled: Stopping = { status: 'cancelled', reason: 'it was cancelled' };

function tooLong({ timeoutMs }: RunRequest): Stopping {
  return { status: 'timed-out', reason: `it ran longer than ${String(Math.round(timeoutMs / 1000))} s` };
}

type Known = Exit | 'void' | null;

/** Learns how the job ended: null when its leader is gone and nobody wrote it down. `now`: undefined while it runs. */
function learnExit(
  { entry, gone }: RunningJob,
  changes: Changes,
  clock: Clock,
  over: AbortSignal,
): { readonly exit: Promise<Known>; now(): Promise<Known | undefined> } {
  const file = exitFile(entry);
  const { job } = entry.record;
  let seen: { readonly exit: Exit | null } | null = null;
  void gone?.then((exit) => {
    seen = { exit };
    changes.notify();
  });
  const now = async (): Promise<Known | undefined> => {
    // In this order: what is gone has written before. Of a child of ours the system tells when.
    const isGone = gone === null ? job === null || !canSee(job) || !isAlive(job) : seen !== null;
    const exit = await readExit(file);
    return exit ?? (isGone ? (seen?.exit ?? null) : undefined);
  };
  const wait = async (): Promise<Known> => {
    for (;;) {
      const exit = await now();
      if (exit !== undefined) return exit;
      if (over.aborted) return null;
      await changes.next(clock, 1000);
    }
  };
  return { exit: wait(), now };
}

// Where the system does not tell when a process started, another one may have its number by now.
function canSee(job: ProcessIdentity): boolean {
  return job.start !== null;
}

/** Writes down how the job ended, unless another process was faster: then that counts. */
async function settle(
  request: RunRequest,
  clock: Clock,
  entry: Entry,
  ours: Stopping | null,
  exit: Exit | null,
): Promise<Ending> {
  const { record } = await reread(entry).catch(() => entry);
  if (record.ending !== null) return record.ending;
  const ending = endingOf(request, clock, record, ours ?? record.stopping, exit);
  const write = async (what: Ending) => {
    await updateEntry({ ...entry, record }, { phase: 'ended', owner: null, ending: what }).catch(() => undefined);
  };
  if (ending.status === 'success') {
    await expectLogKept(request.logFile).catch(async (error: unknown) => {
      // Nobody shall take it for a success later. On a full disk only removing is possible.
      await rm(exitFile(entry), { force: true });
      await write({ ...ending, status: 'lost', exitCode: null, reason: 'it ended, and its log could not be kept' });
      throw error;
    });
  }
  await write(ending);
  return ending;
}

function endingOf(
  request: RunRequest,
  clock: Clock,
  { startedAt, job }: RunRecord,
  stopping: Stopping | null,
  exit: Exit | null,
): Ending {
  const now = clock.now();
  // It may have ended long before somebody looked.
  const at = stopping === null && exit !== null ? Math.max(startedAt, Math.min(Math.round(exit.at), now)) : now;
  const durationMs = at - startedAt;
  const unended = { exitCode: null, durationMs, url: null };
  if (stopping !== null) return { ...stopping, ...unended };
  if (exit === null) return { status: 'lost', reason: `nobody knows how it ended: ${whyLost(job)}`, ...unended };
  if (durationMs > request.timeoutMs) return { ...tooLong(request), ...unended };
  const exitCode = exit.code;
  return exitCode === 0
    ? { status: 'success', exitCode, durationMs, reason: null, url: null }
    : { status: 'failure', exitCode, durationMs, reason: `it ${formatExit(exit)}`, url: null };
}

function whyLost(job: ProcessIdentity | null): string {
  if (job === null) return 'it was gone before it could be looked at';
  if (!isOfThisBoot(job)) return 'the machine, or the container that it ran in, was started anew since';
  if (job.start === null) return 'on this system it cannot be told from other processes';
  return 'what watched over it was killed';
}
