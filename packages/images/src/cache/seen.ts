import type { BigIntStats } from 'node:fs';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '@tagflow/model';
import type { Checksum } from '../checksum.ts';
import { withoutMissing } from './file-errors.ts';

interface Note extends Checksum {
  /** The file's state while it was checked; null when a change could have left the same state. */
  readonly state: string | null;
}

/** A reading of a file that has begun. */
export interface SeenStart {
  readonly state: string;
  /** Nothing can change the file from here on and leave its state as it is. */
  readonly certain: boolean;
}

const settleMs = 60;

/**
 * Returns the checksum that a file had when it was last read whole, null when it may be another by now or nobody knows.
 * Costs no read of the file: its sizes, times and number are those of the note beside it (`.NAME.checked`). Every write
 * sets ctime, which, unlike mtime, no tool can set back.
 */
export async function readSeen(path: string): Promise<Checksum | null> {
  const note = await readNote(path);
  const facts = await withoutMissing(stat(path, { bigint: true }));
  if (note === null || facts?.isFile() !== true || note.state !== stateOf(facts)) return null;
  return { size: note.size, sha256: note.sha256, md5: note.md5 };
}

/** Returns what the note beside a file says, whether it is still true or not. */
export async function readNote(path: string): Promise<Note | null> {
  const text = await readFile(noteOf(path), 'utf8').catch(() => '');
  try {
    const data: unknown = JSON.parse(text);
    return isNote(data) ? data : null;
  } catch {
    return null; // torn by a crash, or a reading that was broken off
  }
}

/**
 * Writes the note of a file whose bytes the caller has just checked as they came, under its last name: a rename changes
 * ctime. Waits a few hundredths of a second with `clock` where the file is younger than one tick of its file system;
 * without a clock such a note is not believed later, and costs one more reading.
 */
export async function writeSeen(path: string, checksum: Checksum, clock?: Clock): Promise<void> {
  let start = await startSeen(path);
  for (let turn = 0; turn < 3 && clock !== undefined && start?.certain === false; turn++) {
    await clock.sleep(settleMs);
    const next = await startSeen(path);
    if (next === null || next.state !== start.state) return;
    start = next;
  }
  if (start !== null) await finishSeen(path, start, checksum);
}

/** Begins the reading of a whole file; null where no note can be written: then it is read each time. */
export async function startSeen(path: string): Promise<SeenStart | null> {
  const facts = await withoutMissing(stat(path, { bigint: true }));
  if (facts?.isFile() !== true) return null;
  const now = await replaceNote(path, '');
  return now === null ? null : { state: stateOf(facts), certain: now - facts.ctimeNs > tickOf(facts) };
}

/** Ends a reading. The state is the one before it, so that a change meanwhile is seen. */
export async function finishSeen(path: string, start: SeenStart, checksum: Checksum): Promise<void> {
  const { size, sha256, md5 } = checksum;
  const note: Note = { state: start.certain ? start.state : null, size, sha256, md5 };
  await replaceNote(path, JSON.stringify(note));
}

/**
 * Two changes within one tick of the file system's clock leave the same ctime: git's index calls such files racily
 * clean. A reading that begins later than that after the last change is safe, since whatever comes after its beginning
 * has another ctime. The tick is a timer interrupt (at most 10 ms) or the unit that the disk keeps: seconds on old file
 * systems, two on FAT, where the parts of a second are always zero.
 */
function tickOf(facts: BigIntStats): bigint {
  return facts.ctimeNs % 1_000_000_000n === 0n ? 2_000_000_000n : 50_000_000n;
}

function stateOf({ size, mtimeNs, ctimeNs, ino, dev }: BigIntStats): string {
  return [size, mtimeNs, ctimeNs, ino, dev].join(' ');
}

/** Returns when it was written, by the file system's clock; null where it could not be. Never follows a link. */
async function replaceNote(path: string, text: string): Promise<bigint | null> {
  try {
    await rm(noteOf(path), { force: true });
    const file = await open(noteOf(path), 'wx');
    try {
      await file.writeFile(text);
      return (await file.stat({ bigint: true })).mtimeNs;
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}

function noteOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.checked`);
}

function isNote(data: unknown): data is Note {
  if (typeof data !== 'object' || data === null) return false;
  const { state, size, sha256, md5 } = data as Readonly<Record<keyof Note, unknown>>;
  return (
    (state === null || typeof state === 'string') &&
    typeof size === 'number' &&
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(sha256) &&
    (md5 === null || (typeof md5 === 'string' && /^[0-9a-f]{32}$/.test(md5)))
  );
}
