import { pid } from 'node:process';
import { claimRun, type Judge } from './claim.ts';
import { openLog } from './log-file.ts';
import { identify, type ProcessIdentity } from './process-identity.ts';
import type { RemoteCi } from './remote-ci.ts';
import { endFormerRuns } from './former-runs.ts';
import { openRemoteLog } from './remote-log.ts';
import { asAsked, startRemote } from './remote-start.ts';
import { fetchEvidence, mayRun, stopRemote, type Verdict, watchRemote, type WatchPatience } from './remote-watch.ts';
import { type Ending, type Entry, reread, updateEntry, voidEntry } from './run-record.ts';
import type { RunEffects, Runner, RunRequest, RunResult } from './runner.ts';
import { type LineReader, readLines } from './tail.ts';

export interface RemoteRunnerOptions {
  /** How often the run is looked at. */
  readonly pollMs: number;
  /** How long errors of the other system are borne before the run is given up as lost; default 10 minutes. */
  readonly patienceMs?: number;
  /** How long a run may take to appear after it was asked for; default 5 minutes. */
  readonly visibleMs?: number;
  /** How long a run may wait for its turn, which its time limit does not count; default 12 hours. */
  readonly queueMs?: number;
  /** How long a run may take to end after it was told to; default 2 minutes. */
  readonly endMs?: number;
  /** Which process this is; default: this one. */
  readonly self?: ProcessIdentity;
}

/**
 * Returns a runner that has another CI system run the job. A run that was asked for with the same key is found, there
 * or in what was written down beside the log, and not asked for again. Its log is copied as it grows; that and its
 * reports are fetched however it ended.
 */
export function createRemoteRunner(ci: RemoteCi, options: RemoteRunnerOptions): Runner {
  const { pollMs, self = identify(pid) ?? { pid, start: null, boot: null } } = options;
  const { patienceMs = 600_000, visibleMs = 300_000, queueMs = 43_200_000, endMs = 120_000 } = options;
  return {
    run: async (given, effects) => {
      const { logFile } = given;
      const { clock, signal } = effects;
      const patience = { clock, pauseMs: pollMs, patienceMs, visibleMs, queueMs, endMs };
      const cancelled = (reason: string, found: boolean, url: string | null = null): RunResult => {
        return { status: 'cancelled', exitCode: null, durationMs: 0, reason, url, logFile, found };
      };
      // Who reads the log next has one to read, however this goes on.
      await (await openLog(logFile, false)).close();
      if (signal.aborted) return cancelled('it was cancelled', false);
      const lines = oncePerLine(given);
      let follow: LineReader | null = null;
      let followed: number | null = null;
      try {
        for (;;) {
          const claim = await claimRun(given, self, effects, judge, followed);
          if (claim === null) return cancelled('it was cancelled', false);
          const { entry, mine } = claim;
          if (mine) return await lookAfter(ci, { ...given, onLine: lines.again() }, effects, patience, entry);
          followed = entry.number;
          follow ??= await readLines(logFile, lines.onLine);
          await follow.drain(new AbortController().signal);
          if (entry.record.ending !== null) return { ...entry.record.ending, logFile, found: true };
          // Another process looks after it, and this one steps in when that one dies.
          await clock.sleep(pollMs, signal).catch(() => undefined);
          if (!signal.aborted) continue;
          const { remote } = entry.record;
          if (remote === null) return cancelled('it was cancelled; another process is starting it', true);
          return cancelled(`it was cancelled${await stopRemote(ci, remote, effects, patience)}`, true, remote.url);
        }
      } finally {
        await follow?.close();
      }
    },
  };
}

// What is known of a run outlives who looked after it.
const judge: Judge = ({ record }, ownerLives) => {
  if (ownerLives) return 'found';
  const { remote, asked, system, askedAs, before, ranAt, stopping, startedAt, phase } = record;
  const there = { remote, asked, system, askedAs, before, ranAt };
  return { anew: { phase, ...there, stopping, ...(asked ? { startedAt } : {}) } };
};

/** Gives each line away once, also when the log is read a second time from its beginning. */
function oncePerLine({ onLine = () => undefined }: RunRequest) {
  let given = 0;
  let over = false;
  return {
    onLine: (line: string) => {
      if (over) return;
      given += 1;
      onLine(line);
    },
    again: () => {
      let skip = given;
      over = true;
      return (line: string) => {
        if (skip > 0) skip -= 1;
        else onLine(line);
      };
    },
  };
}

/** Takes the run to its end: from here on it is this process that does. */
async function lookAfter(
  ci: RemoteCi,
  request: RunRequest,
  effects: RunEffects,
  patience: WatchPatience & { readonly visibleMs: number },
  claimed: Entry,
): Promise<RunResult> {
  const { clock, signal } = effects;
  const { logFile } = request;
  let entry = claimed;
  const end = async (what: Verdict, found: boolean): Promise<RunResult> => {
    const { ranAt, startedAt, remote, asked } = entry.record;
    const url = remote?.url ?? null;
    const ending: Ending = { ...what, exitCode: null, durationMs: clock.now() - (ranAt ?? startedAt), url };
    // What never began is asked for anew the next time.
    if (remote === null && (what.status === 'not-started' || !asked)) await voidEntry(entry);
    else await updateEntry(entry, { phase: 'ended', owner: null, ending }).catch(() => undefined);
    return { ...ending, logFile, found };
  };
  try {
    let found = true;
    let run = entry.record.remote;
    if (run === null) {
      const former = entry.record.asked ? null : await endFormerRuns(ci, request, effects, patience);
      if (former !== null) return await end({ status: 'lost', reason: former, mayRun: true }, false);
      const started = await startRemote(ci, request, effects, patience, entry);
      entry = started.entry;
      if (started.run === null) {
        const { status, reason } = started;
        const verdict: Verdict = { status, reason, ...(status === 'lost' ? { mayRun: true } : {}) };
        return await end(verdict, entry.record.asked && claimed.record.asked);
      }
      ({ run, found } = started);
      entry = await updateEntry(entry, { phase: 'running', remote: run, system: ci.name });
    }
    const log = await openRemoteLog(ci, request);
    const watched = await watchRemote(ci, request, effects, patience, { run, entry, log });
    entry = watched.entry;
    const missing = await fetchEvidence(ci, request, effects, patience, { run, log });
    const unkept = log.end();
    // The other system has its log still: the next one who asks gets it from there.
    if (unkept !== null && watched.verdict.status === 'success') throw unkept;
    return await end(withReports(request, watched.verdict, missing), found);
  } catch (error) {
    // What was written down on the way here counts.
    const known = entry;
    entry = await reread(entry).catch(() => known);
    if (signal.aborted && entry.record.remote === null) {
      return await end(await cancelUnseen(ci, request, effects, patience, entry), false);
    }
    await updateEntry(entry, { owner: null }).catch(() => undefined);
    throw error;
  }
}

// What a run says of itself holds as far as its reports agree, and nobody could read these.
function withReports({ readsReports = true }: RunRequest, verdict: Verdict, missing: string | null): Verdict {
  if (missing === null || !readsReports || !['success', 'failure'].includes(verdict.status)) return verdict;
  return { status: 'lost', reason: `its reports could not be fetched: ${missing}` };
}

/** Cancels a run that was perhaps asked for, and was not seen yet. */
async function cancelUnseen(
  ci: RemoteCi,
  request: RunRequest,
  effects: RunEffects,
  patience: WatchPatience,
  { record }: Entry,
): Promise<Verdict> {
  const reason = 'it was cancelled';
  if (!record.asked) return { status: 'cancelled', reason };
  const run = await ci.find(asAsked(request, record), new AbortController().signal).catch(() => null);
  const rest =
    run === null
      ? `; it was asked for at ${ci.name}, and may go on there`
      : await stopRemote(ci, run, effects, patience);
  return { status: 'cancelled', reason: `${reason}${rest}`, ...mayRun(rest) };
}
