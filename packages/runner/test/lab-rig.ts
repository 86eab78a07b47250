import type { LabCiRun } from '@tagflow/lab';
import { createRemoteRunner, type RemoteCi } from '../src/index.ts';
import { hastyClock } from './clocks.ts';
import { type Rig, type RigJob, startAndForget } from './runner-suite.ts';

/** Plays the jobs of the suite at a stand-in. */
export interface RigStage<Run extends LabCiRun> {
  /** What the stand-in is given: what it says at the end of a job is the system's word for it. */
  play(run: Run): Promise<string>;
  readonly jobs: Map<string, RigJob>;
  finish(key: string, how: 'success' | 'failure'): void;
  begun(key: string): number;
  goesOn(key: string): boolean;
}

/** @param keyOf the parameter that has the key @param printed called when a job has printed its lines */
export function rigStage<Run extends LabCiRun>(
  keyOf: string,
  words: { readonly success: string; readonly failure: string },
  printed: (run: Run) => void = () => undefined,
): RigStage<Run> {
  const jobs = new Map<string, RigJob>();
  const begun: string[] = [];
  const open = new Map<string, (how: 'success' | 'failure') => void>();
  return {
    jobs,
    play: async (run) => {
      const key = run.parameters[keyOf] ?? '';
      const job = jobs.get(key) ?? { lines: [], ends: 'success' };
      begun.push(key);
      for (const [name, text] of Object.entries(job.reports ?? {})) run.keep(name, text);
      for (const line of job.lines) run.write(`${line}\n`);
      printed(run);
      if (job.ends !== 'never') return words[job.ends];
      const how = await new Promise<'success' | 'failure'>((resolve) => {
        open.set(key, resolve);
        run.signal.addEventListener('abort', () => resolve('failure'));
      });
      open.delete(key);
      return words[how];
    },
    finish: (key, how) => open.get(key)?.(how),
    begun: (key) => begun.filter((each) => each === key).length,
    goesOn: (key) => open.has(key),
  };
}

/** Returns the rig of a system that is polled. */
export function polledRig<Run extends LabCiRun>(
  ci: RemoteCi,
  stage: RigStage<Run>,
  facts: Pick<Rig, 'failureReason' | 'url'> & { readonly lose: () => void },
): Rig {
  const nextTurn = () => new Promise<void>((resume) => setImmediate(() => resume()));
  const rig: Rig = {
    clock: hastyClock(),
    timeoutMs: 1e12,
    exitCodes: { success: null, failure: null },
    ...facts,
    prepare: (key, job) => {
      stage.jobs.set(key, job);
      return {};
    },
    newRunner: (self) => createRemoteRunner(ci, { pollMs: 1000, ...(self === undefined ? {} : { self }) }),
    startAndDie: (request, lines) => startAndForget(rig, request, lines),
    finish: async (key, how) => {
      stage.finish(key, how);
      await nextTurn();
    },
    begun: (key) => stage.begun(key),
    goesOn: (key) => stage.goesOn(key),
  };
  return rig;
}
