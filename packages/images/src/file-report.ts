import { megabytes } from './megabytes.ts';

/** What became of one file. */
export interface FileReport {
  readonly name: string;
  /** Bytes of the whole file. */
  readonly size: number;
  /** Bytes that travelled. */
  readonly moved: number;
  /** Bytes that were there already: in the store, a cache, another hash, or a part of an earlier run. */
  readonly saved: number;
}

/** Returns what became of a file of which so many bytes travelled: some may have travelled twice. */
export function reportOf({ name, size }: Pick<FileReport, 'name' | 'size'>, moved: number): FileReport {
  return { name, size, moved, saved: Math.max(0, size - moved) };
}

/** Returns what all files together took. */
export function sumOf(files: readonly FileReport[]): { readonly bytesMoved: number; readonly bytesSaved: number } {
  return {
    bytesMoved: files.reduce((sum, { moved }) => sum + moved, 0),
    bytesSaved: files.reduce((sum, { saved }) => sum + saved, 0),
  };
}

/** Returns a Markdown table of what each file took, in MB of 10⁶ bytes, with the sum where there are several. */
export function formatFileTable(files: readonly FileReport[]): string {
  const { bytesMoved, bytesSaved } = sumOf(files);
  const all = { name: 'all', size: bytesMoved + bytesSaved, moved: bytesMoved, saved: bytesSaved };
  return [
    '| File | MB | Moved | Saved |',
    '| --- | ---: | ---: | ---: |',
    ...(files.length > 1 ? [...files, all] : files).map(rowOf),
  ].join('\n');
}

/** Returns what a file took, for a log. */
export function formatFileLine({ name, size, moved, saved }: FileReport): string {
  return `${name}: ${megabytes(size)} MB, ${megabytes(moved)} MB moved, ${megabytes(saved)} MB saved`;
}

function rowOf({ name, size, moved, saved }: FileReport): string {
  return `| ${name} | ${megabytes(size)} | ${megabytes(moved)} | ${megabytes(saved)} |`;
}
