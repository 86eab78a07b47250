import { mkdir } from 'node:fs/promises';
import { messageOf } from '@tagflow/model';
import { bear, type Patience } from './patience.ts';
import type { RemoteCi, RemoteRun, RemoteState } from './remote-ci.ts';
import { type RemoteLog, unfetched } from './remote-log.ts';
import { type Entry, type RunRecord, updateEntry } from './run-record.ts';
import type { RunEffects, RunRequest, RunResult } from './runner.ts';

export interface WatchPatience extends Patience {
  /** How long a run may wait for its turn. */
  readonly queueMs: number;
  /** How long a run may take to end after it was told to. */
  readonly endMs: number;
}

export type Verdict = Pick<RunResult, 'status' | 'reason' | 'mayRun'>;
type Stopping = NonNullable<RunRecord['stopping']>;
type Ended = Extract<RemoteState, { phase: 'ended' }>;

/**
 * Waits for the end of a run at another system, copies its log as it grows, and ends it at its time limit or when the
 * signal says so. Returns how it ended and the entry as it is then.
 */
export async function watchRemote(
  ci: RemoteCi,
  request: RunRequest,
  effects: RunEffects,
  patience: WatchPatience,
  begun: { readonly run: RemoteRun; readonly entry: Entry; readonly log: RemoteLog },
): Promise<{ readonly verdict: Verdict; readonly entry: Entry }> {
  const { clock, signal } = effects;
  const { run, log } = begun;
  let { entry } = begun;
  let { stopping } = entry.record;
  try {
    while (stopping === null) {
      const state = await bear(() => ci.state(run, signal), patience, signal);
      if (state.phase === 'ended') return { verdict: verdictOf(ci, state), entry };
      if (state.phase === 'running' && entry.record.ranAt === null) {
        entry = await updateEntry(entry, { ranAt: clock.now() });
      }
      if (state.phase === 'running') {
        await log.copy(run, signal).catch((error: unknown) => {
          effects.log.debug(unfetched(request, ci, 'log', error));
        });
      }
      const limit = limitOf(request, patience, ci, entry.record);
      const left = limit.at - clock.now();
      if (left <= 0) stopping = limit.stopping;
      else await clock.sleep(Math.min(left, patience.pauseMs), signal);
    }
  } catch (error) {
    if (!signal.aborted) {
      // What may go on must not be left alone: it would do so beside the next attempt.
      const rest = await stopRemote(ci, run, effects, patience);
      const reason = `nobody knows how it ended: ${messageOf(error)}${rest}`;
      return { verdict: { status: 'lost', reason, ...mayRun(rest) }, entry };
    }
    stopping = { status: 'cancelled', reason: 'it was cancelled' };
  }
  entry = await updateEntry(entry, { stopping }).catch(() => entry);
  const rest = await stopRemote(ci, run, effects, patience);
  return { verdict: { status: stopping.status, reason: `${stopping.reason}${rest}`, ...mayRun(rest) }, entry };
}

/** Returns what `stopRemote` said, as part of a result. */
export function mayRun(rest: string): Pick<RunResult, 'mayRun'> {
  return rest === '' ? {} : { mayRun: true };
}

/** When the run has to be ended, and why. What waits for its turn does not run yet. */
function limitOf(
  { timeoutMs }: RunRequest,
  { queueMs }: WatchPatience,
  ci: RemoteCi,
  { ranAt, startedAt }: RunRecord,
): { readonly at: number; readonly stopping: Stopping } {
  const seconds = (ms: number) => `${String(Math.round(ms / 1000))} s`;
  if (ranAt !== null) {
    const reason = `it ran longer than ${seconds(timeoutMs)}`;
    return { at: ranAt + timeoutMs, stopping: { status: 'timed-out', reason } };
  }
  const reason = `it never ran: it waited longer than ${seconds(queueMs)} for its turn at ${ci.name}`;
  return { at: startedAt + queueMs, stopping: { status: 'not-started', reason } };
}

function verdictOf(ci: RemoteCi, { result, said }: Ended): Verdict {
  if (result === 'success') return { status: 'success', reason: null };
  const words = {
    failure: `it ended with ${said} at ${ci.name}`,
    'timed-out': `it was ended at the time limit of ${ci.name}: ${said}`,
    cancelled: `it was cancelled at ${ci.name}: ${said}`,
    lost: `nobody knows how it ended: ${ci.name} says ${said}`,
  };
  return { status: result, reason: words[result] };
}

/**
 * Tells the run to end, and waits for that. Returns what is to be said of it, as the end of a sentence: nothing when it
 * was seen to have ended.
 */
export async function stopRemote(
  ci: RemoteCi,
  run: RemoteRun,
  { clock }: Pick<RunEffects, 'clock'>,
  { pauseMs, endMs }: Pick<WatchPatience, 'pauseMs' | 'endMs'>,
): Promise<string> {
  // Whoever said stop still wants this done.
  const { signal } = new AbortController();
  const until = clock.now() + endMs;
  const patience = { clock, pauseMs, patienceMs: endMs };
  try {
    await bear(() => ci.cancel(run, signal), patience, signal);
  } catch (error) {
    return `; it may go on, because ${ci.name} could not be told: ${messageOf(error)}`;
  }
  const told = `; it was told to end at ${ci.name}`;
  try {
    for (;;) {
      const { phase } = await bear(() => ci.state(run, signal), patience, signal);
      if (phase === 'ended') return '';
      if (clock.now() >= until) return `${told}, and had not after ${String(Math.round(endMs / 1000))} s`;
      await clock.sleep(pauseMs, signal);
    }
  } catch (error) {
    return `${told}, and what it did is not known: ${messageOf(error)}`;
  }
}

/** Fetches the rest of the log, and the reports, and says what cannot be fetched. Returns why the reports cannot, or null. */
export async function fetchEvidence(
  ci: RemoteCi,
  request: RunRequest,
  effects: RunEffects,
  patience: WatchPatience,
  { run, log }: { readonly run: RemoteRun; readonly log: RemoteLog },
): Promise<string | null> {
  const { signal } = new AbortController();
  // Who says stop does not wait long.
  const patienceMs = effects.signal.aborted ? 0 : Math.min(patience.patienceMs, 60_000);
  const fetch = async (what: string, how: () => Promise<void>): Promise<string | null> => {
    try {
      await bear(how, { ...patience, patienceMs }, signal);
      return null;
    } catch (error) {
      effects.log.warning(unfetched(request, ci, what, error));
      return messageOf(error);
    }
  };
  await fetch('log', () => log.copy(run, signal));
  return fetch('reports', async () => {
    await mkdir(request.resultsDir, { recursive: true });
    await ci.fetchReports(run, request.resultsDir, signal);
  });
}
