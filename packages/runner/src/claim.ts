import type { Clock } from '@tagflow/model';
import { type Changes, watchPaths } from './changes.ts';
import { RunnerError } from './error.ts';
import { isAlive, type ProcessIdentity } from './process-identity.ts';
import { addEntry, counts, type Entry, newestEntry, newRecord, recordFolder, type RunRecord } from './run-record.ts';
import type { RunRequest } from './runner.ts';

/** `mine`: this process looks after the run, alone; `found`: it was written down before. */
export type Claim = { readonly mine: boolean; readonly entry: Entry };

/** Says what becomes of an entry with the key that was asked for. */
export type Judge = (entry: Entry, ownerLives: boolean) => 'found' | 'wait' | { readonly anew: Partial<RunRecord> };

/**
 * Finds the run of the request beside its log, or writes it down as a new one, so that of several processes that ask
 * at the same time only one starts it. Null when the signal was aborted first. A run that was cancelled is begun anew,
 * but for who waited for just that one: the entry of the number `followed`.
 * @throws RunnerError `run-in-the-way` when a run with another key still writes to that log, `bad-record`,
 *   `log-unwritable`
 */
export async function claimRun(
  request: Pick<RunRequest, 'key' | 'logFile'>,
  self: ProcessIdentity,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  judge: Judge,
  followed: number | null = null,
): Promise<Claim | null> {
  const { key, logFile } = request;
  let changes: Changes | null = null;
  const abort = () => changes?.notify();
  signal.addEventListener('abort', abort);
  try {
    while (!signal.aborted) {
      const newest = await newestEntry(logFile);
      const verdict = newest === null ? { anew: {} } : verdictOn(newest, request, judge, followed);
      if (verdict === 'found' && newest !== null) return { mine: false, entry: newest };
      if (typeof verdict === 'object') {
        const record = { ...newRecord({ key, owner: self, startedAt: clock.now() }), ...verdict.anew };
        const entry = await addEntry(logFile, newest, record);
        if (entry !== null) return { mine: true, entry };
      } else {
        // The first call returns at once, so that nothing is missed that happened before the watch began.
        changes ??= watchPaths([recordFolder(logFile)]);
        await changes.next(clock, 500);
      }
    }
    return null;
  } finally {
    signal.removeEventListener('abort', abort);
    changes?.close();
  }
}

function verdictOn(
  newest: Entry,
  request: Pick<RunRequest, 'key' | 'logFile'>,
  judge: Judge,
  followed: number | null,
): ReturnType<Judge> {
  const { key, owner, phase } = newest.record;
  expectFree(newest, request);
  if (key !== request.key || phase === 'void') return { anew: {} };
  if (!counts(newest.record) && newest.number !== followed) return { anew: {} };
  return phase === 'ended' ? 'found' : judge(newest, owner !== null && isAlive(owner));
}

/** @throws RunnerError `run-in-the-way` when the entry is of a run with another key, and that goes on. */
export function expectFree({ record }: Entry, request: Pick<RunRequest, 'key' | 'logFile'>): void {
  const { key, owner, job, phase } = record;
  if (key === request.key || phase === 'void' || phase === 'ended') return;
  if (job !== null && isAlive(job)) throw inTheWay(request, key, `process group ${String(job.pid)}`);
  if (owner !== null && isAlive(owner)) throw inTheWay(request, key, `started by process ${String(owner.pid)}`);
}

/** Returns the error that says that a run with another key goes on. */
export function inTheWay({ logFile }: Pick<RunRequest, 'logFile'>, key: string, who: string): RunnerError {
  return new RunnerError('run-in-the-way', `${logFile} belongs to a run that goes on: ${key} (${who})`, {
    outcome: 'waiting',
    next: 'Wait for its end, end that process, or give another folder for the logs.',
  });
}
