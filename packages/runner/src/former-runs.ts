import { dirname } from 'node:path';
import { messageOf } from '@tagflow/model';
import { bear } from './patience.ts';
import type { RemoteCi, RemoteRun } from './remote-ci.ts';
import { asAsked } from './remote-start.ts';
import { stopRemote, type WatchPatience } from './remote-watch.ts';
import { entriesBeside, type Entry, fileOf, updateEntry } from './run-record.ts';
import type { RunEffects, RunRequest } from './runner.ts';

/**
 * Sees to it that no run goes on that was given up before, by whoever wrote its log into the same folder: what still
 * runs is told to end. Returns null when all of them have ended, else a sentence on the one of which it cannot be told.
 * @throws RunnerError `bad-record`, `log-unwritable`
 */
export async function endFormerRuns(
  ci: RemoteCi,
  request: RunRequest,
  effects: RunEffects,
  patience: WatchPatience,
): Promise<string | null> {
  for (const entry of await entriesBeside(dirname(request.logFile))) {
    const { ending, key, remote } = entry.record;
    if (ending?.mayRun !== true) continue;
    const why = await whyNotEnded(ci, request, effects, patience, entry);
    if (why !== null) {
      const which = remote === null ? key : remote.url;
      return `it was not started, because its former run may still go on: ${which}: ${why}; once that has ended, remove ${fileOf(entry)}`;
    }
    await updateEntry(entry, { ending: { ...ending, mayRun: false } });
  }
  return null;
}

async function whyNotEnded(
  ci: RemoteCi,
  request: RunRequest,
  effects: RunEffects,
  patience: WatchPatience,
  { record }: Entry,
): Promise<string | null> {
  const { signal } = effects;
  if (record.system !== null && record.system !== ci.name) return `it is at ${record.system}`;
  const find = () => ci.find(asAsked({ ...request, key: record.key }, record), signal);
  const isOver = async (run: RemoteRun) => (await ci.state(run, signal)).phase === 'ended';
  try {
    const run = record.remote ?? (await bear(find, patience, signal));
    // What never appeared had its time to.
    if (run === null || (await bear(() => isOver(run), patience, signal))) return null;
    const rest = await stopRemote(ci, run, effects, patience);
    return rest === '' ? null : rest.replace(/^; /, '');
  } catch (error) {
    if (signal.aborted) throw error;
    return messageOf(error);
  }
}
