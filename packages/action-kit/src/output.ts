import { fstatSync, writeSync } from 'node:fs';
import type { TextSink } from './terminal.ts';

/** The part of stdout or stderr of a process that is used. */
export interface OutputStream {
  write(data: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  on(event: 'error', listener: () => void): unknown;
}

/** What a process writes to. */
export interface Output extends TextSink {
  /** Whether a person watches. */
  readonly isTTY: boolean;
}

/**
 * Returns stdout or stderr. Files and pipes are written to as they are, in order and at once, as Node does it there too:
 * its streams take as long to load as all inputs take to be checked. A terminal has its stream, and so has a pipe that
 * is full and does not wait. A reader that went away (`| head`) must not end a promotion in the middle.
 * @param open returns the stream, and makes it when it is asked for the first time
 */
export function openOutput(fd: 1 | 2, open: () => OutputStream): Output {
  let stream: OutputStream | null = null;
  const opened = (): OutputStream => {
    if (stream === null) {
      stream = open();
      stream.on('error', () => undefined);
    }
    return stream;
  };
  const isPlain = isFileOrPipe(fd);
  return {
    isTTY: isPlain ? false : Boolean(opened().isTTY),
    write: (text) => {
      const rest = isPlain && stream === null ? writeNow(fd, Buffer.from(text)) : text;
      if (rest.length > 0) opened().write(rest);
    },
  };
}

function isFileOrPipe(fd: number): boolean {
  // Windows has rules of its own for both.
  if (process.platform === 'win32') return false;
  try {
    const found = fstatSync(fd);
    return found.isFile() || found.isFIFO();
  } catch {
    return false;
  }
}

/** Returns what could not be written yet. */
function writeNow(fd: number, bytes: Buffer): Buffer {
  let rest = bytes;
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(fd, rest));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'EAGAIN' ? rest : Buffer.alloc(0);
  }
  return rest;
}
