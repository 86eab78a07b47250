import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { OciError } from '../error.ts';

/** A file of a layout or archive: a range of a file on disk. */
export interface ArchiveFile {
  /** The file on disk, absolute or relative to the working directory. */
  readonly path: string;
  readonly start: number;
  /** Bytes. */
  readonly size: number;
}

/** The files of a layout or archive, in a folder or in a tar. */
export interface ArchiveFiles {
  /** What they are called in errors, such as `oci:/srv/built/heat-api`. */
  readonly title: string;
  /**
   * Returns the regular file that a relative path with slashes leads to, links followed; null where there is none.
   * @throws OciError `bad-archive` when the path, or a link on the way, leads out
   */
  find(path: string): Promise<ArchiveFile | null>;
}

/** Returns the bytes from `offset` (of the member) to its end. Consume or destroy. */
export function openFile({ path, start, size }: ArchiveFile, offset = 0): Readable {
  if (offset >= size) return Readable.from([]);
  return createReadStream(path, { start: start + offset, end: start + size - 1 });
}

/**
 * Returns the bytes of a small file.
 * @param what how errors call it
 * @throws OciError `bad-archive` when it has more than `limit` bytes
 */
export async function readSmall(file: ArchiveFile, limit: number, what: string): Promise<Buffer> {
  if (file.size > limit) throw badArchive(`${what} has ${file.size} bytes; more than ${limit} are not read at once`);
  const chunks: Buffer[] = [];
  for await (const chunk of openFile(file)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Returns `path` without `.` parts, or null when it is absolute or climbs out of where it begins. */
export function insidePath(path: string): string | null {
  if (path.startsWith('/') || path.includes('\0')) return null;
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.length === 0 ? null : parts.join('/');
}

/** Returns the error for files that are not what a build should leave. */
export function badArchive(message: string, cause?: unknown): OciError {
  return new OciError('bad-archive', message, {
    cause,
    next: 'Look at the job that wrote it, and have it written anew.',
  });
}

/** Returns the error for a path or link that leads out of an archive. */
export function leadsOut(title: string, path: string): OciError {
  return badArchive(`${title}: "${path}" leads out of it, and is not followed`);
}
