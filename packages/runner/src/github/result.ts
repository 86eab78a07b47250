import { ofTable } from '../ci-system/values.ts';
import type { RemoteState } from '../remote-ci.ts';

type Result = Extract<RemoteState, { phase: 'ended' }>['result'];

// Of a workflow run. A workflow that could not start, waits for somebody's approval, was given up by GitHub after two
// weeks, or had nothing to do, has tested nothing.
const conclusions: Readonly<Record<string, Result>> = {
  success: 'success',
  failure: 'failure',
  timed_out: 'timed-out',
  cancelled: 'cancelled',
  startup_failure: 'lost',
  action_required: 'lost',
  stale: 'lost',
  neutral: 'lost',
  skipped: 'lost',
};

const notYet: readonly string[] = ['queued', 'requested', 'waiting', 'pending'];

/** Returns what the status and the conclusion of a workflow run mean; an unknown conclusion decides nothing. */
export function stateOfRun(status: string | null, conclusion: string | null): RemoteState {
  if (status !== 'completed') return { phase: status !== null && notYet.includes(status) ? 'queued' : 'running' };
  const said = conclusion ?? 'no conclusion';
  return { phase: 'ended', result: ofTable(conclusions, said, 'lost'), said };
}

/** Whether the title of a run names the key, and not one that only begins or ends like it. */
export function namesKey(title: string, key: string): boolean {
  const own = /[\w.-]/;
  for (let at = title.indexOf(key); at >= 0; at = title.indexOf(key, at + 1)) {
    const [before, after] = [title.charAt(at - 1), title.charAt(at + key.length)];
    if (!own.test(before) && !own.test(after)) return true;
  }
  return false;
}
