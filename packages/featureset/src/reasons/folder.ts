import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '@tagflow/model';
import { findReasons, type FindOptions, type LogFile, type LogReasons } from './find-reasons.ts';
import type { ReasonPattern } from './pattern.ts';

const mostFiles = 20_000;

export interface FolderOptions extends FindOptions {
  /** The file that is read first: `job.log` by default. */
  readonly log?: string;
  /** Which files are read, by their paths in the folder with slashes: all by default. */
  readonly isRead?: (file: string) => boolean;
}

/**
 * Returns what the files of a job's folder tell: the job's own log first, then the others by their names. Links are not
 * followed.
 * @throws the signal's reason, and an error for a folder that cannot be read
 */
export async function findReasonsInFolder(
  folder: string,
  patterns: readonly ReasonPattern[],
  { log = 'job.log', isRead = () => true, ...options }: FolderOptions,
): Promise<LogReasons> {
  const { names, unread } = await filesOf(folder, options.signal);
  const rank = (name: string) => (name === log ? 0 : 1);
  const wanted = names.filter(isRead).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const found = await findReasons(logFiles(folder, wanted.slice(0, mostFiles)), patterns, options);
  const left = wanted.slice(mostFiles, mostFiles + 1);
  const why = `it and what follows was not read: there are more than ${mostFiles} files`;
  return { ...found, unread: [...found.unread, ...unread, ...left.map((file) => ({ file, why }))] };
}

/** Returns the bytes of a file. A link is an error. */
export async function* readLogFile(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  // A stream closes the file, also when it is left half-way.
  yield* file.createReadStream({ highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>;
}

function* logFiles(folder: string, names: readonly string[]): Generator<LogFile> {
  for (const file of names) yield { file, bytes: readLogFile(join(folder, file)) };
}

async function filesOf(folder: string, signal: AbortSignal): Promise<Pick<LogReasons, 'unread'> & { names: string[] }> {
  const names: string[] = [];
  const unread: LogReasons['unread'][number][] = [];
  const open = [''];
  for (let under = open.pop(); under !== undefined; under = open.pop()) {
    signal.throwIfAborted();
    const entries = await readdir(join(folder, under), { withFileTypes: true }).catch((cause: unknown) => {
      if (under === '') throw cause;
      unread.push({ file: under, why: messageOf(cause) });
      return [];
    });
    for (const entry of entries) {
      const name = under === '' ? entry.name : `${under}/${entry.name}`;
      if (entry.isDirectory()) open.push(name);
      else if (entry.isFile()) names.push(name);
    }
  }
  return { names, unread };
}
