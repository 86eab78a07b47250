import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** `elsewhere`: another machine or container, whose processes nobody here can look up. */
export type Life = 'lives' | 'ended' | 'elsewhere';

/** What an owner id looks like: place, process number, its start, a number of its own. */
export const ownerIdPattern = /[0-9a-f]{12}-\d+-\d+-[0-9a-f]{12}/;
const wholeId = new RegExp(`^${ownerIdPattern.source}$`);

/** An owner elsewhere that has written nothing for so long counts as ended. Milliseconds. */
const quietElsewhereMs = 60 * 60 * 1000;

/**
 * Returns a file name that nobody has ever had and that tells which process made it. The start of the process is in it,
 * because numbers are given again: a lock of a dead process must not live on in a stranger.
 */
export function newOwnerId(): string {
  return [place(), process.pid, processState(process.pid)?.start ?? 0, randomBytes(6).toString('hex')].join('-');
}

/** Tells whether the process that made an id still runs. A name that is no id is from elsewhere. */
export function lifeOf(ownerId: string): Life {
  if (!wholeId.test(ownerId)) return 'elsewhere';
  const [where, pid = '', start] = ownerId.split('-');
  if (where !== place()) return 'elsewhere';
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return 'ended';
  }
  const state = processState(Number(pid));
  if (state === null) return 'lives';
  return state.start === start && !state.isZombie ? 'lives' : 'ended';
}

/**
 * Tells whether what an owner marked is still its own.
 * @param quietMs for how long it has written nothing; by one clock, best that of the file system
 */
export function holds(ownerId: string, quietMs: number): boolean {
  const life = lifeOf(ownerId);
  return life === 'lives' || (life === 'elsewhere' && quietMs < quietElsewhereMs);
}

// A process number means something within one boot and one process namespace: containers share a boot, and a folder.
function place(): string {
  let facts: string;
  try {
    facts = `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    facts = hostname(); // not Linux
  }
  return createHash('sha256').update(facts).digest('hex').slice(0, 12);
}

// Fields 3 and 22 of proc_pid_stat(5). The second is the program's name in brackets, and may hold anything.
function processState(pid: number): { readonly start: string; readonly isZombie: boolean } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const start = fields[19];
    // A zombie is dead and waits for its parent to notice: it writes nothing any more.
    return start === undefined ? null : { start, isZombie: fields[0] === 'Z' || fields[0] === 'X' };
  } catch {
    return null;
  }
}
