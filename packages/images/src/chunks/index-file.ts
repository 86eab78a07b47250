import { open } from 'node:fs/promises';
import { type Checksum, startChecksum } from '../checksum.ts';
import type { ChunkIndex } from './chunk-index.ts';
import { createIndexBuilder } from './index-builder.ts';

/** What one pass over an image gives. */
export interface IndexedFile extends Checksum {
  readonly index: ChunkIndex;
}

/** What a file is read from: a FileHandle, or something like it. */
export interface FileReader {
  read(buffer: Buffer, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
}

export interface IndexFileOptions {
  /** Default false. */
  readonly withMd5?: boolean;
  /** Default: nobody ends it early. Rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Called with the length of each piece that was taken in. */
  readonly onBytes?: (bytes: number) => void;
}

// Larger pieces leave the cache of a core before they have been hashed twice.
const readSize = 1024 * 1024;

/**
 * Reads a local file once and returns its digests and its index. While one piece is hashed, the next one is read.
 * @param file a path, or a file that is open and stays open
 */
export async function indexFile(file: string | FileReader, options: IndexFileOptions = {}): Promise<IndexedFile> {
  if (typeof file !== 'string') return indexOpenFile(file, options);
  const handle = await open(file);
  try {
    return await indexOpenFile(handle, options);
  } finally {
    await handle.close();
  }
}

async function indexOpenFile(file: FileReader, options: IndexFileOptions): Promise<IndexedFile> {
  const checksum = startChecksum(options.withMd5 === true);
  const builder = createIndexBuilder({ hashesWhole: false });
  let [current, other] = [Buffer.allocUnsafe(readSize), Buffer.allocUnsafe(readSize)];
  let position = 0;
  let { bytesRead } = await file.read(current, 0, readSize, position);
  while (bytesRead > 0) {
    options.signal?.throwIfAborted();
    position += bytesRead;
    const piece = current.subarray(0, bytesRead);
    const next = file.read(other, 0, readSize, position);
    // Nobody may be there to see it fail, when taking in the piece fails.
    next.catch(() => undefined);
    checksum.update(piece);
    builder.update(piece);
    options.onBytes?.(bytesRead);
    ({ bytesRead } = await next);
    [current, other] = [other, current];
  }
  const facts = checksum.finish();
  return { ...facts, index: builder.finish(facts) };
}
