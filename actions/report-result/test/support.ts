import type { ExecutionContext } from 'ava';
import { executeAction, type ExecutionResult } from '@tagflow/action-kit';
import {
  createLabBuilder,
  createVirtualClock,
  directoryOf,
  type LabDlrn,
  type LabMode,
  promoteBatch,
  startLabDlrn,
  type VirtualClock,
} from '@tagflow/lab';
import { fullHashOfCommit } from '@tagflow/model';
import { action } from '../src/action.ts';

type Inputs = Readonly<Record<string, string>>;

export interface Bench {
  readonly lab: LabDlrn;
  readonly clock: VirtualClock;
  /** What was warned of. */
  readonly warnings: readonly string[];
  /** The inputs of a good vote. */
  readonly good: Inputs;
  run(inputs: Inputs): Promise<ExecutionResult>;
}

/** The action beside a DLRN, and a hash that was promoted to be tested. */
export async function bench(t: ExecutionContext, mode: LabMode): Promise<Bench> {
  const clock = createVirtualClock('2026-01-01T00:00:00Z');
  const lab = await startLabDlrn({ clock, mode, projects: [{ name: 'lab-tripleo', component: 'tripleo' }] });
  t.teardown(() => lab.close());
  const row = createLabBuilder({ dlrn: lab.state, clock, seed: 'vote' }).build();
  const { aggregateHash } = promoteBatch(lab.state, [{ ...row, label: 'tripleo-ci-testing' }], 'ciuser');
  const hash = aggregateHash ?? fullHashOfCommit(row);
  const place = { 'dlrn-url': lab.apiUrl, username: lab.username, password: lab.password };
  const pinned = {
    'full-hash': hash,
    ...(aggregateHash === null ? { 'repo-url': `${lab.reposUrl}/${directoryOf(row)}` } : {}),
  };
  const warnings: string[] = [];
  return {
    lab,
    clock,
    warnings,
    good: {
      ...place,
      ...pinned,
      job: 'periodic-fs001',
      status: 'success',
      'log-url': 'https://logs.example/1',
      notes: 'all good',
    },
    run: (inputs) =>
      executeAction(action, new Map(Object.entries(inputs)), {
        clock: { now: () => clock.now(), sleep: () => Promise.resolve() },
        log: { debug: () => undefined, info: () => undefined, warning: (message) => void warnings.push(message) },
        progress: () => undefined,
        signal: new AbortController().signal,
        outDir: '/nonexistent',
        cwd: '/nonexistent',
        actor: 'test',
        random: () => 0,
        env: { PATH: '/nonexistent' },
      }),
  };
}
