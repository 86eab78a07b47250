import { readFileSync, readlinkSync } from 'node:fs';
import { kill } from 'node:process';

/** A process so that no other one is taken for it, also after its number was given to another. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in ticks since the machine did; null where the system does not tell. */
  readonly start: string | null;
  /** Which start of which machine (or container) the number is of; null where the system does not tell. */
  readonly boot: string | null;
}

/** Returns who the process with this number is, or null when none lives. */
export function identify(pid: number): ProcessIdentity | null {
  const boot = currentBoot();
  if (boot === null) return exists(pid) ? { pid, start: null, boot } : null;
  const start = startOf(pid);
  return start === null ? null : { pid, start, boot };
}

/**
 * Returns whether it lives, as far as can be seen from here: a process of another start of the machine, or of another
 * container, does not. On a system without /proc (macOS, Windows) any process with its number counts as it.
 */
export function isAlive({ pid, start, boot }: ProcessIdentity): boolean {
  if (boot !== currentBoot()) return false;
  return start === null ? exists(pid) : startOf(pid) === start;
}

/** Returns whether it is of this start of this machine, or container. */
export function isOfThisBoot({ boot }: ProcessIdentity): boolean {
  return boot === currentBoot();
}

/** Which start of the machine this is, and which container: numbers of processes count within it only. */
function currentBoot(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

function startOf(pid: number): string | null {
  return statOf(pid)?.start ?? null;
}

/** Returns the group, session and start of a process that lives; null for any other, and where there is no /proc. */
export function statOf(
  pid: number | string,
): { readonly group: number; readonly session: number; readonly start: string } | null {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
    // proc(5): the name in brackets may hold anything; after it come the state and numbers.
    const [state, , group, session, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; who should have asked for its status is gone or busy.
    if (state === 'Z' || state === 'X') return null;
    return { group: Number(group), session: Number(session), start: fields[15] ?? '' };
  } catch {
    return null;
  }
}

function exists(pid: number): boolean {
  try {
    kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
