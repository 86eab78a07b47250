import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { isStoreError } from './error.ts';
import { asStoreError, isAbsent } from './folder-error.ts';
import type { PartFile, Store } from './store.ts';

/** Rewrites the bytes of one file, in order. */
export interface ByteTransform {
  push(bytes: Uint8Array): Uint8Array;
  end(): Uint8Array;
}

const pieceSize = 1024 * 1024;
const longestEnd = 1024 * 1024;

export interface PutFileOptions {
  readonly transform: ByteTransform;
  /** Of more the middle is left out. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Copies a file of this machine, through its transform, to a path in a store, where it arrives in one step. Returns what
 * was written, or why nothing was.
 */
export async function putFile(
  store: Store,
  from: string,
  to: string,
  { transform, maxBytes, signal }: PutFileOptions,
): Promise<{ readonly bytes: number; readonly leftOut: number } | string> {
  const source = await openSource(from);
  if (typeof source === 'string') return source;
  const slash = to.lastIndexOf('/') + 1;
  const temporary = `${to.slice(0, slash)}.${to.slice(slash)}.${randomBytes(6).toString('hex')}.part`;
  try {
    const written = await fill(
      await store.openPart(temporary),
      async function* () {
        // As long as it was when it was opened: something may still write into it.
        const { size } = await source.stat();
        for (let at = 0; at < size;) {
          signal.throwIfAborted();
          const length = Math.min(pieceSize, size - at);
          const { bytesRead, buffer } = await source.read(Buffer.allocUnsafe(length), 0, length, at);
          if (bytesRead === 0) break;
          at += bytesRead;
          yield transform.push(buffer.subarray(0, bytesRead));
        }
        yield transform.end();
      },
      maxBytes,
    );
    await store.rename(temporary, to);
    return written;
  } catch (error) {
    await store.remove(temporary).catch(() => false);
    throw asStoreError(from, error);
  } finally {
    await source.close();
  }
}

async function openSource(path: string): Promise<FileHandle | string> {
  let handle: FileHandle | null = null;
  try {
    // A link or a pipe may have come to be there since the folder was read.
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
    return 'it is no file';
  } catch (cause) {
    await handle?.close();
    if (isAbsent(cause)) return 'it went away';
    const error = asStoreError(path, cause);
    if (isStoreError(error, 'denied') || isStoreError(error, 'wrong-kind')) return 'it cannot be read';
    throw error;
  }
}

/** Writes the pieces, the middle left out where there is more than may be, and closes the part file. */
async function fill(
  part: PartFile,
  pieces: () => AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<{ readonly bytes: number; readonly leftOut: number }> {
  const endSize = Math.min(longestEnd, Math.floor(maxBytes / 2));
  let position = 0;
  let leftOut = 0;
  let last: Buffer = Buffer.alloc(0);
  const write = async (bytes: Uint8Array): Promise<void> => {
    if (bytes.length > 0) await part.write(bytes, position);
    position += bytes.length;
  };
  try {
    for await (const piece of pieces()) {
      const room = Math.max(0, maxBytes - endSize - position);
      await write(piece.subarray(0, room));
      if (piece.length <= room) continue;
      // What comes out of the transform is cut, not what goes in: half of a secret would not be known as one.
      const joined = Buffer.concat([last, piece.subarray(room)]);
      last = joined.subarray(Math.max(0, joined.length - endSize));
      leftOut += joined.length - last.length;
    }
    if (leftOut > 0) await write(Buffer.from(`\n[${leftOut} bytes are left out here]\n`));
    await write(last);
    await part.finish(position);
  } finally {
    await part.close();
  }
  return { bytes: position, leftOut };
}
