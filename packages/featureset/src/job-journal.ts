import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobResult } from './results.ts';

/** What is known of a job that was begun, so that a run that was interrupted goes on and begins nothing twice. */
export interface JobNotes {
  /** What the notes are about: those of another hash or command are of no use. */
  readonly key: string;
  /** ISO 8601, UTC: when the job was begun first. */
  readonly startedAt: string;
  /** How many of its attempts are over. */
  readonly attempts: number;
  /** Null until it is over. */
  readonly result: JobResult | null;
  /** True when its last attempt was cancelled: it has to be run anew. */
  readonly isCancelled: boolean;
}

const fileName = 'job.json';

/** How often each key was run to its end here; those of other keys as well. */
type Forgotten = Readonly<Record<string, number>>;

/**
 * Returns what an earlier run noted of the job in this folder; null when there is nothing of this key. `generation`
 * counts the runs of the key, from 1, as far as this folder knows.
 */
export async function readNotes(
  folder: string,
  key: string,
): Promise<{ readonly notes: JobNotes | null; readonly generation: number }> {
  const { forgotten = {}, ...notes } = await readFileOf(folder);
  const { startedAt, attempts, result = null, isCancelled = false } = notes;
  const isOurs = notes.key === key && typeof attempts === 'number' && typeof startedAt === 'string';
  return {
    notes: isOurs ? { key, startedAt, attempts, result, isCancelled } : null,
    generation: ((Object.hasOwn(forgotten, key) ? forgotten[key] : undefined) ?? 0) + 1,
  };
}

/** Writes the notes in one step. */
export async function writeNotes(folder: string, notes: JobNotes): Promise<void> {
  const { forgotten = {} } = await readFileOf(folder);
  await write(folder, { ...notes, forgotten });
}

/**
 * Forgets the job: its result has been handed over, and who asks again wants it run again. That it was run is kept: a
 * run that another system knows by the same key is not found once more.
 */
export async function forgetNotes(folder: string): Promise<void> {
  const { key, forgotten = {} } = await readFileOf(folder);
  if (key === undefined) return;
  const { generation } = await readNotes(folder, key);
  await write(folder, { forgotten: { ...forgotten, [key]: generation } });
}

type Content = Partial<JobNotes> & { readonly forgotten?: Forgotten };

async function readFileOf(folder: string): Promise<Content> {
  const text = await readFile(join(folder, fileName), 'utf8').catch(() => '{}');
  try {
    const content: unknown = JSON.parse(text);
    return typeof content === 'object' && content !== null ? content : {};
  } catch {
    // Cut off by the end of a machine: the job is begun anew, and its runner finds what still runs.
    return {};
  }
}

async function write(folder: string, content: Content): Promise<void> {
  const path = join(folder, fileName);
  await writeFile(`${path}.new`, JSON.stringify(content));
  await rename(`${path}.new`, path);
}
