import { messageOf } from '@tagflow/model';
import { RunnerError } from './error.ts';
import { bear, isTransient, type Patience } from './patience.ts';
import type { RemoteCi, RemoteRequest, RemoteRun } from './remote-ci.ts';
import { type Entry, type RunRecord, updateEntry } from './run-record.ts';
import type { RunEffects, RunRequest } from './runner.ts';

/** What became of asking for a run. */
export type Started =
  | { readonly run: RemoteRun; readonly found: boolean; readonly entry: Entry }
  | { readonly run: null; readonly status: 'not-started' | 'lost'; readonly reason: string; readonly entry: Entry };

/** How a run is asked for: `visibleMs` is how long it may take to appear. */
export type StartPatience = Patience & { readonly visibleMs: number };

/**
 * Finds the run of the request at the other system, or asks for it. That it is asked for is written down before, so a
 * request whose answer was lost, to this process or to one before it, is never repeated before the run had its time to
 * appear. Rejects with the reason of an aborted signal.
 */
export async function startRemote(
  ci: RemoteCi,
  request: RunRequest,
  { clock, signal }: RunEffects,
  patience: StartPatience,
  claimed: Entry,
): Promise<Started> {
  let entry = claimed;
  const find = () => bear(() => ci.find(asAsked(request, entry.record), signal), patience, signal);
  try {
    const { asked } = entry.record;
    const known = asked ? await appearance(find, patience, signal) : await lookFor(ci, request, patience, signal);
    if (known !== null && typeof known !== 'string') return { run: known, found: true, entry };
    // What stood there before it was asked for the first time is told from it later on.
    if (!asked) {
      const before = (await bear(async () => ci.standing?.(request, signal), patience, signal)) ?? [];
      entry = await updateEntry(entry, { askedAs: known, before, system: ci.name });
    }
    const since = clock.now();
    for (;;) {
      entry = await updateEntry(entry, { asked: true, startedAt: clock.now() });
      const answer = await ask(ci, asAsked(request, entry.record), signal);
      const run = answer.run ?? (await appearance(find, patience, signal));
      if (run !== null) return { run, found: false, entry };
      if (answer.lost === null || clock.now() - since >= patience.patienceMs) {
        const seconds = String(Math.round(patience.visibleMs / 1000));
        const why = answer.lost === null ? '' : ` (${answer.lost})`;
        const reason = `it was asked for at ${ci.name}, and did not appear there within ${seconds} s${why}`;
        return { run: null, status: 'lost', reason, entry };
      }
    }
  } catch (error) {
    if (signal.aborted || !(error instanceof RunnerError) || error.code === 'log-unwritable') throw error;
    const message = messageOf(error);
    // What was asked for before, and cannot be looked for now, may well run.
    if (entry.record.asked && !(error instanceof Refused)) {
      return { run: null, status: 'lost', reason: `nobody knows whether it was started: ${message}`, entry };
    }
    return { run: null, status: 'not-started', reason: `it could not be started: ${message}`, entry };
  }
}

/** Returns the request as the other system was asked for it. */
export function asAsked(request: RunRequest, { asked, askedAs, before }: RunRecord): RemoteRequest {
  return { ...request, key: askedAs ?? request.key, ...(asked ? { before } : {}) };
}

/** How many cancelled runs of one key are looked through. */
const cancelledRuns = 50;

/** Returns the run of the key that was not cancelled; where there is none, the key to ask for one with. */
async function lookFor(
  ci: RemoteCi,
  request: RunRequest,
  patience: Patience,
  signal: AbortSignal,
): Promise<RemoteRun | string> {
  for (let number = 1; ; number += 1) {
    const key = number === 1 ? request.key : `${request.key}.again-${String(number)}`;
    const run = await bear(() => ci.find({ ...request, key }, signal), patience, signal);
    if (run === null) return key;
    if (number === cancelledRuns || !(await wasCancelled(ci, run, patience, signal))) return run;
  }
}

async function wasCancelled(ci: RemoteCi, run: RemoteRun, patience: Patience, signal: AbortSignal): Promise<boolean> {
  try {
    const state = await bear(() => ci.state(run, signal), patience, signal);
    return state.phase === 'ended' && state.result === 'cancelled';
  } catch (error) {
    // Who watches it says what is wrong.
    if (signal.aborted) throw error;
    return false;
  }
}

/** The other system said no to a request for a run: so there is none of it. */
class Refused extends RunnerError {}

/** Asks for a run; `lost`: why nobody knows the answer. */
async function ask(
  ci: RemoteCi,
  request: RunRequest,
  signal: AbortSignal,
): Promise<{ readonly run: RemoteRun | null; readonly lost: string | null }> {
  try {
    return { run: await ci.start(request, signal), lost: null };
  } catch (error) {
    if (isTransient(error)) return { run: null, lost: messageOf(error) };
    if (!(error instanceof RunnerError)) throw error;
    const { code, message, outcome, cause } = error;
    throw new Refused(code, message, { outcome, cause });
  }
}

async function appearance(
  find: () => Promise<RemoteRun | null>,
  { clock, pauseMs, visibleMs }: StartPatience,
  signal: AbortSignal,
): Promise<RemoteRun | null> {
  const until = clock.now() + visibleMs;
  for (;;) {
    const run = await find();
    if (run !== null || clock.now() >= until) return run;
    await clock.sleep(pauseMs, signal);
  }
}
