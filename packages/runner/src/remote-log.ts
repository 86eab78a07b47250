import { appendFile } from 'node:fs/promises';
import { messageOf } from '@tagflow/model';
import type { RunnerError } from './error.ts';
import { splitLines } from './lines.ts';
import { openLog, unwritable } from './log-file.ts';
import type { RemoteCi, RemoteRun } from './remote-ci.ts';
import type { RunRequest } from './runner.ts';

/** The log of a run at another system, copied here. */
export interface RemoteLog {
  /** Copies what is new there. Rejects as `readLog` does; what came before that is kept, and not asked for again. */
  copy(run: RemoteRun, signal: AbortSignal): Promise<void>;
  /** Gives away what has no line end. Returns why the log could not be kept, or null. */
  end(): RunnerError | null;
}

/** Opens the log of the request, empty. @throws RunnerError `log-unwritable` */
export async function openRemoteLog(ci: RemoteCi, request: RunRequest): Promise<RemoteLog> {
  const { logFile, onLine = () => undefined } = request;
  await (await openLog(logFile, true)).close();
  const lines = splitLines();
  let at = 0;
  let failure: RunnerError | null = null;
  const take = async (text: string) => {
    const bytes = Buffer.from(text);
    at += text.length;
    lines.push(bytes).forEach(onLine);
    // The run goes on, and says in its end that it has no log.
    if (failure === null)
      await appendFile(logFile, bytes).catch((error: unknown) => (failure = unwritable(logFile, error)));
  };
  return {
    copy: async (run, signal) => {
      at = await ci.readLog(run, at, take, signal);
    },
    end: () => {
      lines.end().forEach(onLine);
      return failure;
    },
  };
}

/** Returns a sentence on what could not be fetched. */
export function unfetched(request: RunRequest, ci: RemoteCi, what: string, error: unknown): string {
  return `${request.name}: its ${what} could not be fetched from ${ci.name}: ${messageOf(error)}`;
}
