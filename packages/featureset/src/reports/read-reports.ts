import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '@tagflow/model';
import type { TestReport } from '../results.ts';
import { findReports } from './find-reports.ts';
import { Garbage, type ReportReader } from './garbage.ts';
import { createJunitReader } from './junit-reader.ts';
import { createSubunitReader } from './subunit-reader.ts';
import { createTally, oneLine, type Tally, type TestStatus } from './tally.ts';

export interface ReadReportsOptions {
  /** What the folder is called in the names of the files, such as `results`; default: nothing before them. */
  readonly name?: string;
  /** Bytes of all files together; default 1 GiB. */
  readonly maxBytes?: number;
  /** Default 1000. */
  readonly maxFiles?: number;
  /** Folders below the folder; default 8. */
  readonly maxDepth?: number;
  readonly signal?: AbortSignal;
}

export interface ReadReports {
  /** What all files say together; null where there is none that could be read, even in part. */
  readonly report: TestReport | null;
  /** What could not be read, a sentence each, with file and place. */
  readonly problems: readonly string[];
}

const pieceSize = 1024 * 1024;
const mostProblems = 20;

/**
 * Reads every report file below a folder: JUnit XML (`*.xml`) and subunit (`*.subunit`, version 2 or 1). Whatever is in
 * them, it does not throw (but for an aborted signal): what
 * cannot be read is a problem. A test of a subunit file that is in a JUnit file as well,
 * as subunit2junitxml makes them, is counted once.
 */
export async function readReports(folder: string, options: ReadReportsOptions = {}): Promise<ReadReports> {
  const { name = '', maxBytes = 1024 ** 3, maxFiles = 1000, maxDepth = 8, signal } = options;
  const named = (path: string): string => (name === '' ? path : `${name}/${path}`);
  const found = await findReports(folder, { maxDepth, maxFiles });
  const problems = found.problems.map(named);
  const tally = createTally();
  const inStreams = new Map<string, TestStatus>();
  const read: string[] = [];
  let room = maxBytes;

  for (const path of found.files) {
    signal?.throwIfAborted();
    const isXml = /\.xml$/i.test(path);
    const before = testsOf(tally);
    const reader = isXml ? junitReader(tally, inStreams) : subunitReader(tally, inStreams);
    const { bytes, problem } = await readFile(join(folder, path), reader, room, signal);
    room -= bytes;
    if (problem !== null) problems.push(named(`${path}: ${problem}`));
    if (problem === null || testsOf(tally) > before) read.push(named(path));
  }

  const clean = problems.map((problem) => oneLine(problem, 600));
  return {
    report: read.length === 0 ? null : { ...tally.counts, files: read, failures: tally.failures },
    problems:
      clean.length <= mostProblems
        ? clean
        : [...clean.slice(0, mostProblems), `and ${clean.length - mostProblems} more report files or folders`],
  };
}

function testsOf({ counts }: Tally): number {
  return counts.passed + counts.failed + counts.skipped;
}

function junitReader(tally: Tally, inStreams: ReadonlyMap<string, TestStatus>): ReportReader {
  return createJunitReader((test, status, message) => {
    const told = inStreams.get(test);
    if (told !== undefined && (told === status || status !== 'failed')) return;
    tally.add(test, status, message);
  });
}

function subunitReader(tally: Tally, inStreams: Map<string, TestStatus>): ReportReader {
  return createSubunitReader((test, status, message) => {
    inStreams.set(test, status);
    tally.add(test, status, message);
  });
}

interface FileRead {
  readonly bytes: number;
  readonly problem: string | null;
}

async function readFile(
  path: string,
  reader: ReportReader,
  room: number,
  signal: AbortSignal | undefined,
): Promise<FileRead> {
  let handle: FileHandle | null = null;
  let bytes = 0;
  try {
    // A link or a pipe may have come to be there since the folder was read.
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const facts = await handle.stat();
    if (!facts.isFile()) throw new Garbage('it is no file');
    if (facts.size > room) throw new Garbage(`with its ${facts.size} bytes there is more than can be read`);
    while (bytes < facts.size) {
      signal?.throwIfAborted();
      const length = Math.min(pieceSize, facts.size - bytes);
      // Each in its own memory: a reader keeps what it has not understood yet.
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, bytes);
      if (bytesRead === 0) break;
      bytes += bytesRead;
      reader.push(buffer.subarray(0, bytesRead));
    }
    reader.end();
    return { bytes, problem: null };
  } catch (error) {
    signal?.throwIfAborted();
    return { bytes, problem: error instanceof Garbage ? error.message : `it cannot be read: ${messageOf(error)}` };
  } finally {
    reader.close();
    await handle?.close();
  }
}
