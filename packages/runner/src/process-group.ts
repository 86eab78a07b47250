import { readdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { kill } from 'node:process';
import type { Clock } from '@tagflow/model';
import { isAlive, type ProcessIdentity, statOf } from './process-identity.ts';
import { within } from './waiting.ts';

/** Sends a signal to the group that this process leads. Returns false when it does not live any more. */
export function signalGroup(leader: ProcessIdentity, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  if (!isAlive(leader)) return false;
  try {
    kill(-leader.pid, signal);
  } catch {
    // It ended this moment, or this system has no groups (Windows).
    try {
      kill(leader.pid, signal);
    } catch {
      return false;
    }
  }
  return true;
}

/**
 * Kills the group with its leader, or what is left of it when the leader is dead already, and returns when the leader
 * is gone: true, or false when not even SIGKILL ended it within 5 seconds.
 */
export async function killGroup(leader: ProcessIdentity, clock: Clock): Promise<boolean> {
  if (!signalGroup(leader, 'SIGKILL')) killLeftovers(leader);
  let enough = false;
  // Nothing tells of the end of a process that is no child; after SIGKILL it is a matter of a moment.
  const isGone = async () => {
    while (!enough && isAlive(leader)) await stat('/').catch(() => undefined);
  };
  const gone = await within(clock, 5000, isGone());
  enough = true;
  return gone;
}

// A group keeps its number from being given away while it has members, but one without any does not. So its number is
// not enough to kill by: members of it are of the session that it began, and not older than its leader.
function killLeftovers({ pid, start }: ProcessIdentity): void {
  if (start === null || statOf(pid) !== null) return;
  for (const name of processes()) {
    const found = statOf(name);
    if (found?.group !== pid || found.session !== pid || Number(found.start) < Number(start)) continue;
    try {
      kill(Number(name), 'SIGKILL');
    } catch {
      // It is gone already.
    }
  }
}

function processes(): readonly string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
