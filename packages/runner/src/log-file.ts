import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RunnerError } from './error.ts';

/**
 * Opens the log for appending, its folder made, and empty when it is for a new run.
 * @throws RunnerError `log-unwritable`
 */
export async function openLog(path: string, isNew: boolean): Promise<FileHandle> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'a');
    // A device has no length.
    if (isNew && (await file.stat()).isFile()) await file.truncate(0);
    return file;
  } catch (error) {
    throw unwritable(path, error);
  }
}

export function unwritable(path: string, cause: unknown): RunnerError {
  return new RunnerError('log-unwritable', `log file ${path} cannot be written`, {
    cause,
    next: 'Make room on its disk, and run the job again.',
  });
}

/**
 * Returns when the log is there and could have taken more. A job writes its log itself, and may not care that it could
 * not: a full disk shows only here. (One that was full for a while, and is not any more, does not show.)
 * @throws RunnerError `log-unwritable`
 */
export async function expectLogKept(path: string): Promise<void> {
  try {
    const file = await open(path, constants.O_WRONLY | constants.O_APPEND);
    try {
      const { size } = await file.stat();
      await file.write('\n');
      await file.truncate(size);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unwritable(path, error);
  }
}
