import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { StoreError } from './error.ts';
import { asStoreError } from './folder-error.ts';
import type { FileRange, Sink } from './store.ts';

/** Larger ones cost no less for each byte. */
const pieceSize = 1024 * 1024;

/** A file of this machine that is open for reading. */
export interface OpenFile {
  readonly handle: FileHandle;
  /** As they were when it was opened. */
  readonly facts: Stats;
}

/** A file in a folder of this machine. */
export interface Place {
  readonly path: string;
  /** For errors. */
  readonly name: string;
}

/** Equal texts mean the same file. */
export function versionOf(facts: Pick<Stats, 'ino' | 'mtimeMs' | 'size'>): string {
  return `${facts.ino}-${facts.mtimeMs}-${facts.size}`;
}

/** Opens a file for reading. @throws StoreError `not-found`; `wrong-kind` for a folder, a pipe or a device */
export async function openFile({ path, name }: Place): Promise<OpenFile> {
  let handle: FileHandle | null = null;
  try {
    // A pipe would not be open before somebody writes to it.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const facts = await handle.stat();
    if (!facts.isFile()) throw new StoreError('wrong-kind', `${name} is not a file`);
    return { handle, facts };
  } catch (error) {
    await handle?.close();
    throw asStoreError(name, error);
  }
}

/**
 * Gives a part of a file to a sink, as readRange of a Store says.
 * @param spare buffers of {@link pieceSize} that nobody reads any more
 */
export async function readFileRange(
  place: Place,
  { offset, length, version }: FileRange,
  sink: Sink,
  { spare, signal }: { readonly spare: Buffer[]; readonly signal: AbortSignal },
): Promise<void> {
  const { handle, facts } = await openFile(place);
  const end = offset + length;
  try {
    if (facts.size < end || (version !== undefined && version !== versionOf(facts))) throw changed(place);
    const buffer = spare.pop() ?? Buffer.allocUnsafeSlow(pieceSize);
    for (let position = offset; position < end;) {
      signal.throwIfAborted();
      const wanted = Math.min(pieceSize, end - position);
      const { bytesRead } = await handle.read(buffer, 0, wanted, position).catch((error: unknown) => {
        throw asStoreError(place.name, error);
      });
      if (bytesRead === 0) throw changed(place);
      position += bytesRead;
      await sink(buffer.subarray(0, bytesRead));
    }
    // Not when it failed: a sink may still be about to read.
    spare.push(buffer);
    // Somebody may write into it as it is read.
    if (version !== undefined && version !== versionOf(await handle.stat())) throw changed(place);
  } finally {
    await handle.close();
  }
}

/** Yields the bytes of an open file from `start` on, each piece in a buffer of its own, and closes it. */
export async function* readOpenFile(
  place: Place,
  { handle }: OpenFile,
  start: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    for (let position = start; ;) {
      signal.throwIfAborted();
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(pieceSize), 0, pieceSize, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw asStoreError(place.name, error);
  } finally {
    await handle.close();
  }
}

/** Returns the sha256 of a file, 64 hex digits. */
export async function digestFile(place: Place, signal: AbortSignal): Promise<string> {
  const { handle } = await openFile(place);
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafeSlow(pieceSize);
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await handle.read(buffer, 0, pieceSize, null);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytesRead));
    }
  } catch (error) {
    throw asStoreError(place.name, error);
  } finally {
    await handle.close();
  }
}

function changed({ name }: Place): StoreError {
  return new StoreError('changed', `${name} is another file than before`, { next: 'Run the same again.' });
}
