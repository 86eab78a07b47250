import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { LabCiRun } from '@tagflow/lab';
import type { RemoteCi, RemoteRun, RemoteState, RunRequest } from '../src/index.ts';

export const hash = 'a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4';
export const otherHash = 'ffffffffffffffffffffffffffffffff';
export const never = new AbortController().signal;

/** Effects whose clock is over every sleep at once and remembers it, and whose log is kept. */
export function testEffects() {
  const sleeps: number[] = [];
  const lines: string[] = [];
  const say = (line: string): void => void lines.push(line);
  let now = 1_000_000;
  const clock = {
    now: () => now,
    sleep: (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      sleeps.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
  return { clock, log: { debug: say, info: say, warning: say }, sleeps, lines };
}

export function requestOf(key = 'key-1', facts: Readonly<Record<string, string>> = {}): RunRequest {
  return {
    name: 'job',
    key,
    command: [],
    env: {},
    facts: { 'full-hash': hash, release: 'master', ...facts },
    logFile: '/nowhere/log',
    resultsDir: '/nowhere/results',
    timeoutMs: 1000,
  };
}

/** Jobs that do what the test says. */
export function stage<Run extends LabCiRun>() {
  const runs: Run[] = [];
  const ends: ((result: string) => void)[] = [];
  let arrived = Promise.withResolvers<undefined>();
  return {
    runs,
    play: (run: Run): Promise<string> =>
      new Promise((resolve) => {
        runs.push(run);
        ends.push(resolve);
        arrived.resolve(undefined);
        arrived = Promise.withResolvers<undefined>();
      }),
    /** Resolves with the run when so many have begun. */
    nth: async (count: number): Promise<Run> => {
      while (runs.length < count) await arrived.promise;
      return runs[count - 1] as Run;
    },
    /** Ends a run, and resolves when that can be seen. */
    end: async (result: string, index = 0): Promise<void> => {
      ends[index]?.(result);
      await new Promise((resume) => setImmediate(resume));
    },
  };
}

export async function logFrom(ci: RemoteCi, run: RemoteRun, from: number): Promise<readonly [string, number]> {
  let text = '';
  const end = await ci.readLog(run, from, (piece) => void (text += piece), never);
  return [text, end];
}

export async function reportsOf(t: ExecutionContext, ci: RemoteCi, run: RemoteRun): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-remote-ci-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await ci.fetchReports(run, folder, never);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const pairs = files.map(async (file) => [file.slice(folder.length + 1), await readFile(file, 'utf8')] as const);
  return Object.fromEntries((await Promise.all(pairs)).toSorted());
}

export function ended(state: RemoteState): string {
  return state.phase === 'ended' ? `${state.result}: ${state.said}` : state.phase;
}
