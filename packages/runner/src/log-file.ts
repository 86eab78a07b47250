import type { WriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { RunnerError } from './error.ts';
import { splitLines } from './lines.ts';

/** The file that a job's output goes to. */
export interface LogFile {
  /** Copies the stream into the file and its lines to `onLine`; resolves when the stream is over. */
  copy(stream: Readable, onLine: (line: string) => void): Promise<void>;
  /** @throws RunnerError `log-unwritable` when something of it could not be written. */
  close(): Promise<void>;
}

/** @throws RunnerError `log-unwritable` */
export async function openLogFile(path: string): Promise<LogFile> {
  const file = await createFile(path);
  const written = finished(file).catch((error: unknown) => unwritable(path, error));
  return {
    copy: (stream, onLine) => copyStream(stream, file, onLine),
    close: async () => {
      file.end();
      const failure = await written;
      if (failure instanceof RunnerError) throw failure;
    },
  };
}

async function createFile(path: string): Promise<WriteStream> {
  try {
    await mkdir(dirname(path), { recursive: true });
    return (await open(path, 'w')).createWriteStream();
  } catch (error) {
    throw unwritable(path, error);
  }
}

function unwritable(path: string, cause: unknown): RunnerError {
  return new RunnerError('log-unwritable', `log file ${path} cannot be written`, { cause });
}

function copyStream(stream: Readable, file: WriteStream, onLine: (line: string) => void): Promise<void> {
  const lines = splitLines();
  const resume = () => void stream.resume();
  // A full disk never drains; the job goes on, and close() reports it.
  file.once('close', resume);
  stream.on('data', (chunk: Buffer) => {
    if (!file.write(chunk)) {
      stream.pause();
      file.once('drain', resume);
    }
    lines.push(chunk).forEach(onLine);
  });
  return new Promise((resolve) => {
    stream.once('close', () => {
      lines.end().forEach(onLine);
      resolve();
    });
  });
}
