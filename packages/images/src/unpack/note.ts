import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withoutMissing } from '../cache/file-errors.ts';
import { readSeen } from '../cache/seen.ts';
import { refusalOfName } from './member-name.ts';

/** A file that came out of an archive. */
export interface UnpackedFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** 64 hex digits. */
  readonly sha256: string;
}

/** What came out of an archive, as the note beside the files tells it. */
export interface UnpackedNote {
  /** sha256 of the archive. */
  readonly archive: string;
  readonly files: readonly UnpackedFile[];
}

const noteName = /^\.(.+)\.unpacked$/;
const nobody: ReadonlySet<string> = new Set();

/** Returns the path of the note of an archive in the folder that has its files. */
export function noteOf(folder: string, name: string): string {
  return join(folder, `.${name}.unpacked`);
}

/** Returns the note, null where there is none, or none that can be read. */
export async function readUnpacked(folder: string, name: string): Promise<UnpackedNote | null> {
  const text = await readFile(noteOf(folder, name), 'utf8').catch(() => '');
  try {
    const data: unknown = JSON.parse(text);
    return isNote(data) ? data : null;
  } catch {
    return null;
  }
}

/** Tells whether a file is as it was when it was unpacked, without reading it. */
export async function isAsUnpacked(folder: string, { name, size, sha256 }: UnpackedFile): Promise<boolean> {
  const seen = await readSeen(join(folder, name));
  return seen?.size === size && seen.sha256 === sha256;
}

/** A file that another archive of the folder brought. */
export interface OthersFile extends UnpackedFile {
  /** The other archive's name. */
  readonly from: string;
}

/**
 * Returns the files that other archives of the folder brought and that are still theirs, by their names in lower case.
 * One whose archive is gone from the folder belongs to nobody any more.
 */
export async function filesOfOthers(folder: string, name: string): Promise<ReadonlyMap<string, OthersFile>> {
  const files = new Map<string, OthersFile>();
  const present = new Set((await withoutMissing(readdir(folder))) ?? []);
  for (const entry of present) {
    const [, other = name] = noteName.exec(entry) ?? [];
    if (other === name || !present.has(other)) continue;
    for (const file of (await readUnpacked(folder, other))?.files ?? []) {
      if (await isAsUnpacked(folder, file)) files.set(file.name.toLowerCase(), { ...file, from: other });
    }
  }
  return files;
}

function isNote(data: unknown): data is UnpackedNote {
  if (typeof data !== 'object' || data === null) return false;
  const { archive, files } = data as Readonly<Record<keyof UnpackedNote, unknown>>;
  return typeof archive === 'string' && Array.isArray(files) && files.length > 0 && files.every(isFile);
}

function isFile(data: unknown): data is UnpackedFile {
  if (typeof data !== 'object' || data === null) return false;
  const { name, size, sha256 } = data as Readonly<Record<keyof UnpackedFile, unknown>>;
  return (
    typeof name === 'string' &&
    refusalOfName(name, nobody) === null &&
    typeof size === 'number' &&
    typeof sha256 === 'string'
  );
}
