import { type FileHandle, open } from 'node:fs/promises';
import type { Clock } from '@tagflow/model';
import type { Changes } from './changes.ts';
import { splitLines } from './lines.ts';

const chunkBytes = 256 * 1024;

/** Reads the lines of a file that others write. However long it gets, one piece of it is held at a time. */
export interface LineReader {
  /** Gives away the lines that are there and were not given yet; an aborted signal stops it. */
  drain(signal: AbortSignal): Promise<void>;
  /** Gives away what has no line end, and closes the file. */
  close(): Promise<void>;
}

export async function readLines(path: string, onLine: (line: string) => void): Promise<LineReader> {
  const file = await open(path, 'r');
  const lines = splitLines();
  const buffer = Buffer.allocUnsafe(chunkBytes);
  let at = 0;
  return {
    drain: async (signal) => {
      while (!signal.aborted) {
        // It was cut by somebody; what comes next is new.
        const size = await sizeOf(file);
        if (size < at) at = size;
        const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, size - at), at);
        if (bytesRead === 0) return;
        lines.push(buffer.subarray(0, bytesRead)).forEach(onLine);
        at += bytesRead;
      }
    },
    close: async () => {
      await file.close();
      lines.end().forEach(onLine);
    },
  };
}

// A device such as /dev/full can be read for ever; its size says that nothing is kept there.
async function sizeOf(file: FileHandle): Promise<number> {
  return (await file.stat()).size;
}

/** Follows a file while others write it. */
export interface Tail {
  /** Reads what is there still, and returns when all of it was given away. */
  finish(): Promise<void>;
}

/**
 * Gives each line of the file to `onLine`, from its beginning, as it is written.
 * @param signal stops it, wherever it is
 */
export function tailFile(
  path: string,
  onLine: (line: string) => void,
  changes: Changes,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Tail {
  let over = false;
  const follow = async () => {
    const reader = await readLines(path, onLine);
    try {
      for (;;) {
        // What is written before this is known is read below.
        const last = over;
        await reader.drain(signal);
        if (last || signal.aborted) break;
        await changes.next(clock, 1000);
      }
    } finally {
      await reader.close();
    }
  };
  const followed = follow();
  // It is waited for in the end; until then a failure waits as well.
  followed.catch(() => undefined);
  return {
    finish: async () => {
      over = true;
      changes.notify();
      await followed;
    },
  };
}
