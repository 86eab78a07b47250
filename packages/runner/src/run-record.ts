import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '@tagflow/model';
import { RunnerError } from './error.ts';
import type { ProcessIdentity } from './process-identity.ts';
import type { RemoteRun } from './remote-ci.ts';
import type { RunResult, RunStatus } from './runner.ts';

/** How a run ended. */
export type Ending = Omit<RunResult, 'logFile' | 'found'>;

/** What is written down of a run, so that the next process finds it. No environment, no command, no secrets. */
export interface RunRecord {
  readonly key: string;
  /**
   * - `starting`: its owner is about to start it; where that one is gone, a process of this machine never began
   * - `running`: it began; - `ended`: and ended, as `ending` says
   * - `void`: it never began
   */
  readonly phase: 'starting' | 'running' | 'ended' | 'void';
  /** The process of ours that looks after it; null when none does. */
  readonly owner: ProcessIdentity | null;
  /** By the clock of its owner. */
  readonly startedAt: number;
  /** The process that watches over the job, and leads its group. */
  readonly job: ProcessIdentity | null;
  readonly remote: RemoteRun | null;
  /** True when another system was asked for the run, whatever it answered. */
  readonly asked: boolean;
  /** The name of that system; null where none was asked. */
  readonly system: string | null;
  /** The key that it was asked with: that of the run, or one with a number where a run of that was cancelled. */
  readonly askedAs: string | null;
  /** The runs that stood there before it was asked; empty where the key tells. */
  readonly before: readonly string[];
  /** When it was first seen to run there. */
  readonly ranAt: number | null;
  /** Why it is being ended; null when it may go on. */
  readonly stopping: { readonly status: RunStatus; readonly reason: string } | null;
  readonly ending: Ending | null;
}

/** A record with its place. A run that is started anew gets the next number. */
export interface Entry {
  readonly folder: string;
  readonly number: number;
  readonly record: RunRecord;
}

const schema = 'tagflow/run/v1';

/** Returns the folder beside the log in which its runs are written down. */
export function recordFolder(logFile: string): string {
  return `${logFile}.run`;
}

/** Returns the file in which what watches over a job writes down how it ended. */
export function exitFile({ folder, number }: Pick<Entry, 'folder' | 'number'>): string {
  return join(folder, `${String(number)}.exit`);
}

export function newRecord(facts: Pick<RunRecord, 'key' | 'owner' | 'startedAt'>): RunRecord {
  const remote = { remote: null, asked: false, system: null, askedAs: null, before: [], ranAt: null };
  return { ...facts, phase: 'starting', job: null, ...remote, stopping: null, ending: null };
}

/**
 * Returns the newest entry beside the log, or null.
 * @throws RunnerError `bad-record`
 */
export async function newestEntry(logFile: string): Promise<Entry | null> {
  const folder = recordFolder(logFile);
  const numbers = await numbersIn(folder);
  if (numbers.length === 0) return null;
  const number = Math.max(...numbers);
  return { folder, number, record: await readRecord(fileOf({ folder, number })) };
}

/**
 * Returns every entry of every log in the folder.
 * @throws RunnerError `bad-record`
 */
export async function entriesBeside(logFolder: string): Promise<readonly Entry[]> {
  const names = await readdir(logFolder).catch(() => []);
  const entries: Entry[] = [];
  for (const folder of names.filter((name) => name.endsWith('.run')).map((name) => join(logFolder, name))) {
    for (const number of await numbersIn(folder)) {
      entries.push({ folder, number, record: await readRecord(fileOf({ folder, number })) });
    }
  }
  return entries;
}

async function numbersIn(folder: string): Promise<readonly number[]> {
  const names = await readdir(folder).catch(() => []);
  return names.flatMap((name) => /^(?<number>\d+)\.json$/.exec(name)?.groups?.['number'] ?? []).map(Number);
}

/**
 * Writes down a run with the number after that of `last`. Null when another process was faster.
 * @throws RunnerError `log-unwritable`
 */
export async function addEntry(logFile: string, last: Entry | null, record: RunRecord): Promise<Entry | null> {
  const folder = recordFolder(logFile);
  const entry = { folder, number: (last?.number ?? 0) + 1, record };
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw unwritable(folder, cause);
  });
  const added = await place(entry, async (part, file) => {
    // Unlike a rename, this fails when the other name is taken.
    await link(part, file);
    await rm(part);
  });
  return added ? entry : null;
}

/** Writes down more of a run. @throws RunnerError `log-unwritable` */
export async function updateEntry(entry: Entry, change: Partial<RunRecord>): Promise<Entry> {
  const changed = { ...entry, record: { ...entry.record, ...change } };
  await place(changed, rename);
  return changed;
}

/** Returns the entry as it is now. */
export async function reread(entry: Entry): Promise<Entry> {
  return { ...entry, record: await readRecord(fileOf(entry)) };
}

/** Makes that the entry stands for nothing that began. */
export async function voidEntry(entry: Entry): Promise<void> {
  // On a full disk only removing is possible.
  await updateEntry(entry, { phase: 'void' }).catch(() => rm(fileOf(entry), { force: true }));
}

/** Returns whether the entry stands for a run that counts: one that was cancelled has to be run when it is asked for again. */
export function counts({ phase, ending }: RunRecord): boolean {
  return phase !== 'void' && ending?.status !== 'cancelled';
}

/** Returns the file of an entry. */
export function fileOf({ folder, number }: Pick<Entry, 'folder' | 'number'>): string {
  return join(folder, `${String(number)}.json`);
}

/** Writes the record to a new file and puts it in place. Returns false when its name was taken. */
async function place(entry: Entry, put: (part: string, file: string) => Promise<void>): Promise<boolean> {
  const file = fileOf(entry);
  const part = join(entry.folder, `.${randomUUID()}`);
  try {
    const handle = await open(part, 'wx');
    try {
      await handle.writeFile(`${JSON.stringify({ schema, ...entry.record })}\n`);
      // A name must not come back from a power cut without what it stands for.
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await put(part, file);
    return true;
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined);
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false;
    throw unwritable(file, cause);
  }
}

function unwritable(path: string, cause: unknown): RunnerError {
  return new RunnerError('log-unwritable', `${path}, which tells what runs, cannot be written`, { cause });
}

async function readRecord(file: string): Promise<RunRecord> {
  try {
    const data: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (isRecord(data)) return data;
  } catch (cause) {
    throw badRecord(file, messageOf(cause));
  }
  throw badRecord(file, `it is not of schema ${schema}`);
}

// Only this file writes them, and puts them in place whole.
function isRecord(data: unknown): data is RunRecord {
  return typeof data === 'object' && data !== null && 'schema' in data && data.schema === schema;
}

function badRecord(file: string, why: string): RunnerError {
  return new RunnerError('bad-record', `${file}, which tells what runs, cannot be read: ${why}`, {
    next: 'Make sure that the run has ended, and remove the file.',
  });
}
