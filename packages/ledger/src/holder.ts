import { readFileSync, readlinkSync } from 'node:fs';

/** A process that holds leases, as other processes of its machine can look it up. */
export interface Holder {
  /** The boot of the machine and the process namespace; null where they cannot be told. */
  readonly place: string | null;
  readonly pid: number;
}

/**
 * Returns who this process is. A process id means something only within one boot and one namespace: two containers
 * that share a ledger file must not take each other for dead.
 */
export function thisHolder(): Holder {
  return { place: placeOfThisProcess(), pid: process.pid };
}

/**
 * Tells whether a holder has certainly ended: it lived in the same place as `self`, and no process has its number any
 * more. A holder elsewhere, or one whose number was given to another process, is waited for until its lease expires.
 */
export function hasEnded(
  holder: { readonly place: string | null; readonly pid: number | null },
  self: Holder,
): boolean {
  if (holder.place === null || holder.pid === null || holder.place !== self.place) return false;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

// Linux alone tells both; elsewhere leases simply expire.
function placeOfThisProcess(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}
