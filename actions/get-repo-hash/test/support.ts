import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { executeAction, type ExecutionResult } from '@tagflow/action-kit';
import {
  createLabBuilder,
  createVirtualClock,
  type LabDlrn,
  type LabMode,
  promoteBatch,
  startLabDlrn,
} from '@tagflow/lab';
import { action } from '../src/action.ts';

const projects = ['tripleo', 'compute'].map((component) => ({ name: `lab-${component}`, component }));

export interface Bench {
  readonly lab: LabDlrn;
  /** Builds both packages once more, an hour later. */
  build(): Promise<void>;
  /** Gives a label to the newest build, of each component in component mode. */
  promote(label: string): void;
  /** Runs the action on these inputs. */
  run(inputs: Readonly<Record<string, string>>): Promise<ExecutionResult>;
}

/** The action beside a DLRN with two builds. */
export async function bench(t: ExecutionContext, mode: LabMode): Promise<Bench> {
  const clock = createVirtualClock('2026-01-01T00:00:00Z');
  const lab = await startLabDlrn({ clock, mode, projects });
  t.teardown(() => lab.close());
  const builder = createLabBuilder({ dlrn: lab.state, clock, seed: 'hash' });
  const build = async (): Promise<void> => {
    await clock.advance(3_600_000);
    for (const project of projects) builder.build(project.name);
  };
  await build();
  const outDir = await mkdtemp(join(tmpdir(), 'tagflow-test-'));
  return {
    lab,
    build,
    promote: (label) => {
      const newest = lab.state.commits.slice(mode === 'component' ? -2 : -1);
      const wishes = newest.map(({ commitHash, distroHash, extendedHash }) => ({
        commitHash,
        distroHash,
        extendedHash,
        label,
      }));
      promoteBatch(lab.state, wishes, 'ciuser');
    },
    run: (inputs) =>
      executeAction(action, new Map(Object.entries(inputs)), {
        clock: { now: () => clock.now(), sleep: () => Promise.resolve() },
        log: { debug: () => undefined, info: () => undefined, warning: () => undefined },
        progress: () => undefined,
        signal: new AbortController().signal,
        outDir,
        cwd: outDir,
        actor: 'test',
        random: () => 0,
        env: {},
      }),
  };
}
