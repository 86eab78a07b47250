import { StoreError, type StoreErrorCode } from './error.ts';

// Status codes of draft-ietf-secsh-filexfer-02 §7. Of most failures it knows no more than "Failure" (4).
const statusCodes: Readonly<Record<number, StoreErrorCode>> = { 2: 'not-found', 3: 'denied', 8: 'not-supported' };
const failure = 4;

/** Returns what a request of ssh2 rejected with as a StoreError, and what is no answer of a server as it is. */
export function asStoreError(where: string, cause: unknown): unknown {
  const code = statusOf(cause);
  if (code === null || !(cause instanceof Error)) return cause;
  return new StoreError(statusCodes[code] ?? 'failed', `${where}: ${cause.message}`, { cause });
}

/** As {@link asStoreError}, for a request that puts bytes onto the server's disk. */
export function asWriteError(where: string, cause: unknown): unknown {
  if (statusOf(cause) !== failure || !(cause instanceof Error)) return asStoreError(where, cause);
  return new StoreError('failed', `${where}: the server could not write: ${cause.message} (no space left?)`, {
    cause,
    next:
      'SFTP has one word for a full disk, a quota and a broken disk: look at the free space and the quota there. ' +
      'Then start again: what has arrived is kept.',
  });
}

/** Returns the SFTP status code of what ssh2 rejected with, null for anything else. */
export function statusOf(cause: unknown): number | null {
  if (cause instanceof StoreError || !(cause instanceof Error) || !('code' in cause)) return null;
  return typeof cause.code === 'number' ? cause.code : null;
}

/** Returns null for a rejection that says `not-found`. */
export async function orNull<Value>(result: Promise<Value>): Promise<Value | null> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof StoreError && error.code === 'not-found') return null;
    throw error;
  }
}
