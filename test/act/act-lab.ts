import { join } from 'node:path';
import { type Lab, type LabOptions, startLab } from '@tagflow/lab';
import type { ActRun } from '../../scripts/run-act.ts';
import { root } from '../../scripts/workspaces.ts';

/** Starts a lab whose own jobs are the built ones, as the actions that act runs. There is little to move in it. */
export function startActLab(options: LabOptions = {}): Promise<Lab> {
  const self = [process.execPath, join(root, 'dist/tagflow.js')];
  return startLab({ self, containers: 4, imageBytes: 1 << 16, ...options });
}

/** What the jobs of a phase are called when promotion.yml calls it: the job that calls last counts. */
export const inPhase = (phase: string): string => `${phase}/`;

/** Returns how a promotion ended: what its last job said that said something. `prefix`: see {@link inPhase}. */
export function promotionOutcome({ outputs }: ActRun, prefix = ''): string | undefined {
  return outputs.get(`${prefix}promote promote.outcome`) ?? outputs.get(`${prefix}plan plan.outcome`);
}

/** Returns `job: action` of every step that failed. */
export function failures({ events }: ActRun): readonly string[] {
  return events
    .filter(({ stepResult }) => stepResult === 'failure')
    .map(({ job, step }) => `${job}: ${step.replace(/^(?:Main|Post) /, '')}`);
}

/** Returns what the steps gave as the reasons of their failures, in the order of their ends. */
export function annotations({ events }: ActRun): readonly string[] {
  return events.flatMap(({ message }) => /::error(?: [^:]*)?::(.*)/s.exec(message)?.[1] ?? []);
}
