import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseFullHash, type ProgressEvent } from '@tagflow/model';
import type { ExecutionContext } from 'ava';
import type { JobEnding, JobRequest, MatrixJob, RunAttempt, RunJobsOptions } from '../src/index.ts';
import { matrixJob, mirrorDown } from './job-data.ts';

export const success: JobEnding = { status: 'success', exitCode: 0, durationMs: 2000, reason: null, url: null };
export const failure: JobEnding = {
  ...success,
  status: 'failure',
  exitCode: 1,
  durationMs: 1000,
  reason: 'exit code 1',
};
export const lost: JobEnding = { ...success, status: 'lost', exitCode: null, reason: 'nobody knows how it ended' };
export const fullHash = parseFullHash('a'.repeat(32));
export const noReasons = { first: null, worst: null };
export const infra = { first: mirrorDown, worst: mirrorDown };

export const jobsOf = (...names: readonly string[]): readonly MatrixJob[] => names.map((name) => matrixJob(name));

export async function world(t: ExecutionContext) {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-jobs-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const events: ProgressEvent[] = [];
  const said: string[] = [];
  const say = (level: string) => (message: string) => void said.push(`${level} ${message}`);
  const cancel = new AbortController();
  const options: Omit<RunJobsOptions, 'run'> = {
    concurrency: 1,
    folder,
    tested: { fullHash, repoUrl: 'http://127.0.0.1/r', release: 'master', distro: 'centos9', setFile: null },
    runId: null,
    childEnv: { FROM: 'host', PATH: '/bin' },
    findReasons: () => Promise.resolve(noReasons),
    logUrlOf: ({ job }, _, log) => `https://logs.example/${job}/${log}`,
    onResult: (result) => Promise.resolve(result),
    progress: (event) => void events.push(event),
    effects: {
      clock: { now: () => 0, sleep: () => Promise.resolve() },
      signal: cancel.signal,
      log: { debug: say('debug'), info: say('info'), warning: say('warning') },
    },
  };
  return { folder, events, said, options, cancel };
}

/** Ends the attempts as listed, and the last ones like the last. */
export function ending(...endings: readonly JobEnding[]) {
  const requests: JobRequest[] = [];
  const run: RunAttempt = (_, request) => {
    requests.push(request);
    return Promise.resolve(endings[Math.min(requests.length, endings.length) - 1] ?? success);
  };
  return { requests, run };
}

export const junit = (inner: string): string =>
  `<testsuite name="s"><testcase classname="c" name="n">${inner}</testcase></testsuite>`;
