import { open } from 'node:fs/promises';
import { type ArchiveFile, badArchive } from './archive-files.ts';

export type Compression = 'gzip' | 'zstd' | 'xz' | 'bzip2';

/** What tells a compressed file: bytes, and where they stand. A plain tar begins with a path. */
const marks: readonly (readonly [Compression, number, Buffer])[] = [
  ['gzip', 0, Buffer.from('1f8b08', 'hex')],
  ['zstd', 0, Buffer.from('28b52ffd', 'hex')],
  ['xz', 0, Buffer.from('fd377a585a00', 'hex')],
  ['bzip2', 4, Buffer.from('314159265359', 'hex')],
];
const markEnd = 10;

/** Returns what a file is compressed with, by its first bytes; null for none that is known here. */
export async function compressionOf({ path, start }: Omit<ArchiveFile, 'size'>): Promise<Compression | null> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(markEnd), 0, markEnd, start);
    const first = buffer.subarray(0, bytesRead);
    return marks.find(([, at, bytes]) => first.subarray(at, at + bytes.length).equals(bytes))?.[0] ?? null;
  } finally {
    await file.close();
  }
}

/** Returns the error for gzip that cannot be unpacked; errors of another origin, such as a full disk, as they are. */
export function unpackError(error: unknown, what: string): unknown {
  const isGzip = error instanceof Error && 'code' in error && `${error.code}`.startsWith('Z_');
  return isGzip ? badArchive(`${what} cannot be unpacked`, error) : error;
}
