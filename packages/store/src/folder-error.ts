import { StoreError, type StoreErrorCode } from './error.ts';

interface Told {
  readonly code: StoreErrorCode;
  readonly words: string;
  readonly next?: string;
}

const makeRoom = 'Make room, or name a folder on another disk, then run the same again: what is there is kept.';

const told: Readonly<Record<string, Told>> = {
  ENOENT: { code: 'not-found', words: 'not found' },
  ENOTDIR: { code: 'not-found', words: 'a part of the path is not a folder' },
  EEXIST: { code: 'exists', words: 'exists already' },
  ENOTEMPTY: { code: 'exists', words: 'exists already and is not empty' },
  EISDIR: { code: 'wrong-kind', words: 'is a folder' },
  'EINVAL readlink': { code: 'wrong-kind', words: 'is not a link' },
  ELOOP: { code: 'wrong-kind', words: 'is a link where a file was meant, or one of links that lead in a circle' },
  EACCES: { code: 'denied', words: 'permission denied' },
  EPERM: { code: 'denied', words: 'permission denied' },
  EROFS: { code: 'denied', words: 'the file system is read-only' },
  ENOSPC: { code: 'full', words: 'no space left on the disk', next: makeRoom },
  EDQUOT: { code: 'full', words: 'the quota of disk space is used up', next: makeRoom },
  EFBIG: { code: 'failed', words: 'the file system takes no file as long as that' },
  ENAMETOOLONG: { code: 'failed', words: 'the file system takes no name as long as that' },
  EMFILE: { code: 'unreachable', words: 'this process has too many files open' },
  EIO: { code: 'failed', words: 'the disk has failed', next: 'Look at the log of the kernel.' },
};

/** Returns what the system said of a place as an error of ours; everything else as it is. */
export function asStoreError(where: string, cause: unknown): unknown {
  const said = systemCode(cause);
  if (said === '') return cause;
  const { code, words, next }: Told = told[said] ??
    told[`${said} ${syscallOf(cause)}`] ?? { code: 'failed', words: 'the file system refused' };
  return new StoreError(code, `${where}: ${words} (${said})`, { cause, ...(next === undefined ? {} : { next }) });
}

/** Whether nothing is there. */
export function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(systemCode(error));
}

/** Returns the system's error code, such as `ENOENT`, or an empty text. */
export function systemCode(error: unknown): string {
  if (syscallOf(error) === '') return '';
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function syscallOf(error: unknown): string {
  return error instanceof Error && 'syscall' in error ? String(error.syscall) : '';
}
