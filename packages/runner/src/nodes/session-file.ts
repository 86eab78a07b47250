import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RunnerError } from '../error.ts';
import type { ProcessIdentity } from '../process-identity.ts';
import { recordFolder } from '../run-record.ts';
import type { NodesGrant } from './broker.ts';

/** What is written down of nodes, so that the next process gives them back, or goes on with them. */
export interface NodesSession {
  /** The run that they are for. */
  readonly key: string;
  /** The process of ours that looks after them; null when none does. */
  readonly owner: ProcessIdentity | null;
  /** `asking`: a try to get them goes on; `none`: there are none, or none any more. */
  readonly state: 'asking' | 'held' | 'none';
  /** The last try to get some; every try has a number of its own. */
  readonly attempt: number;
  /** How often it was tried to give some back. */
  readonly releases: number;
  readonly grant: NodesGrant | null;
}

/** @throws RunnerError `bad-record` */
export async function readSession(logFile: string): Promise<NodesSession | null> {
  const file = fileOf(logFile);
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return JSON.parse(text) as NodesSession;
  } catch (cause) {
    throw new RunnerError('bad-record', `${file}, which tells which nodes were got, cannot be read`, {
      cause,
      next: 'Give the nodes back by hand, and remove the file.',
    });
  }
}

/** @throws RunnerError `log-unwritable` */
export async function writeSession(logFile: string, session: NodesSession): Promise<void> {
  const file = fileOf(logFile);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.part`, `${JSON.stringify(session)}\n`, { flush: true, mode: 0o600 });
    await rename(`${file}.part`, file);
  } catch (cause) {
    throw new RunnerError('log-unwritable', `${file}, which tells which nodes were got, cannot be written`, { cause });
  }
}

function fileOf(logFile: string): string {
  return join(recordFolder(logFile), 'nodes.json');
}
