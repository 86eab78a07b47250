import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RemoteCi, type RemoteState, RunnerError } from '../src/index.ts';
import { createRemoteRunner, type RemoteRunnerOptions } from '../src/remote-runner.ts';
import { hastyClock } from './clocks.ts';
import { type Rig, type RigJob, startAndForget } from './runner-suite.ts';

interface MemoryRun {
  readonly key: string;
  readonly job: RigJob;
  state: RemoteState;
}

type Call = keyof Omit<RemoteCi, 'name'>;

/** A CI system in memory, whose calls fail as a test says. */
export interface MemoryCi {
  readonly ci: RemoteCi;
  readonly jobs: Map<string, RigJob>;
  readonly runs: Map<string, MemoryRun>;
  readonly calls: Call[];
  /** The errors that the next calls of each kind answer with; null: that one works. `after`: it was done all the same. */
  readonly failures: Partial<Record<Call, (Error | null)[]>>;
  /** What a start gives back: its run; nothing, though it can be found; an error, though it can be found. */
  startAnswer: 'run' | 'null' | Error;
  /** How many calls of `find` do not see a new run yet. */
  unseen: number;
  /** How many times a new run is `queued` before it runs. */
  queued: number;
  finish(key: string, how: 'success' | 'failure'): void;
}

export const unreachable = (): RunnerError => new RunnerError('ci-unreachable', 'no answer', { outcome: 'waiting' });
export const refused = (): RunnerError => new RunnerError('ci-refused', 'HTTP 403');

export function memoryCi(): MemoryCi {
  const { jobs, runs, calls } = { jobs: new Map<string, RigJob>(), runs: new Map<string, MemoryRun>(), calls: [] };
  const ended = (how: 'success' | 'failure'): RemoteState => ({
    phase: 'ended',
    result: how,
    said: how.toUpperCase(),
  });
  const enter = async (call: Call, signal: AbortSignal) => {
    memory.calls.push(call);
    await Promise.resolve();
    signal.throwIfAborted();
    const failure = memory.failures[call]?.shift() ?? null;
    if (failure !== null) throw failure;
  };
  const runOf = (id: string): MemoryRun => {
    const run = runs.get(id);
    if (run === undefined) throw new RunnerError('ci-refused', `HTTP 404 for ${id}`);
    return run;
  };
  const remote = (id: string) => ({ id, url: `https://ci.example.org/run/${id}` });
  const memory: MemoryCi = {
    ...{ jobs, runs, calls, failures: {}, startAnswer: 'run', unseen: 0, queued: 0 },
    finish: (key, how) => {
      for (const run of runs.values()) if (run.key === key) run.state = ended(how);
    },
    ci: {
      name: 'CI at https://ci.example.org',
      find: async ({ key }, signal) => {
        await enter('find', signal);
        const [id] = [...runs].find(([, run]) => run.key === key) ?? [];
        if (id === undefined) return null;
        memory.unseen -= 1;
        return memory.unseen >= 0 ? null : remote(id);
      },
      start: async ({ key }, signal) => {
        await enter('start', signal);
        const id = String(runs.size + 1);
        const job = jobs.get(key) ?? { lines: [], ends: 'success' };
        const state: RemoteState = job.ends === 'never' ? { phase: 'running' } : ended(job.ends);
        runs.set(id, { key, job, state });
        if (memory.startAnswer instanceof Error) throw memory.startAnswer;
        return memory.startAnswer === 'null' ? null : remote(id);
      },
      state: async ({ id }, signal) => {
        await enter('state', signal);
        memory.queued -= 1;
        return memory.queued >= 0 ? { phase: 'queued' } : runOf(id).state;
      },
      cancel: async ({ id }, signal) => {
        await enter('cancel', signal);
        const run = runOf(id);
        if (run.state.phase !== 'ended') run.state = { phase: 'ended', result: 'cancelled', said: 'ABORTED' };
      },
      readLog: async ({ id }, from, sink, signal) => {
        await enter('readLog', signal);
        const text = runOf(id)
          .job.lines.map((line) => `${line}\n`)
          .join('');
        await sink(text.slice(from));
        return text.length;
      },
      fetchReports: async ({ id }, folder, signal) => {
        await enter('fetchReports', signal);
        for (const [name, text] of Object.entries(runOf(id).job.reports ?? {}))
          await writeFile(join(folder, name), text);
      },
    },
  };
  return memory;
}

/** Runs the jobs of the suite in memory. */
export function memoryRig(options: Partial<RemoteRunnerOptions> = {}): Rig & { readonly memory: MemoryCi } {
  const memory = memoryCi();
  const isOf = (key: string) => [...memory.runs.values()].filter((run) => run.key === key);
  const rig: Rig & { readonly memory: MemoryCi } = {
    memory,
    clock: hastyClock(),
    timeoutMs: 1e12,
    exitCodes: { success: null, failure: null },
    failureReason: /^it ended with FAILURE at CI at https:\/\/ci\.example\.org$/,
    url: /^https:\/\/ci\.example\.org\/run\/1$/,
    prepare: (key, job) => {
      memory.jobs.set(key, job);
      return {};
    },
    newRunner: (self) =>
      createRemoteRunner(memory.ci, { pollMs: 1000, ...options, ...(self === undefined ? {} : { self }) }),
    startAndDie: (request, lines) => startAndForget(rig, request, lines),
    finish: (key, how) => {
      memory.finish(key, how);
    },
    lose: () => {
      memory.runs.clear();
    },
    begun: () => memory.calls.filter((call) => call === 'start').length,
    goesOn: (key) => isOf(key).some((run) => run.state.phase !== 'ended'),
  };
  return rig;
}
