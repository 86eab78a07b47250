import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@tagflow/model';
import { withoutMissing } from '../cache/file-errors.ts';
import { writeSeen } from '../cache/seen.ts';
import { isAsUnpacked, noteOf, type OthersFile, type UnpackedFile, type UnpackedNote } from './note.ts';

export interface Arrival {
  /** The archive's name. */
  readonly name: string;
  readonly note: UnpackedNote;
  /** What it brought the last time. */
  readonly before: UnpackedNote | null;
  /** A folder of one's own on the same disk, which holds the files. */
  readonly staged: string;
  /** Files of the folder that other archives brought, in lower case. */
  readonly others: ReadonlyMap<string, OthersFile>;
}

/**
 * Lets the files of an archive appear in a folder. No file ever appears half, and old ones never stand beside new ones:
 * they go before the first new one comes, so that a job that is killed in between leaves too few. What an older archive
 * of the same name had brought and this one does not have any more goes too, if nobody changed it.
 */
export async function arrive(into: string, arrival: Arrival, clock: Clock): Promise<void> {
  const { name, note, staged } = arrival;
  const old = join(staged, '.old');
  await mkdir(old);
  const stale = await filesNoMoreIn(into, arrival);
  for (const gone of [...stale, ...note.files.map((file) => file.name)]) {
    await withoutMissing(rename(join(into, gone), join(old, gone)));
  }
  const text = join(staged, '.note');
  await writeFile(text, `${JSON.stringify(note)}\n`);
  await rename(text, noteOf(into, name));
  for (const file of note.files) await rename(join(staged, file.name), join(into, file.name));
  await Promise.all(
    note.files.map(({ name: file, size, sha256 }) => writeSeen(join(into, file), { size, sha256, md5: null }, clock)),
  );
}

async function filesNoMoreIn(into: string, { note, before, others }: Arrival): Promise<readonly string[]> {
  const names = new Set(note.files.map((file) => file.name));
  const isGone = async (file: UnpackedFile): Promise<boolean> =>
    !names.has(file.name) && !others.has(file.name.toLowerCase()) && (await isAsUnpacked(into, file));
  const stale: string[] = [];
  for (const file of before?.files ?? []) if (await isGone(file)) stale.push(file.name);
  return stale;
}
