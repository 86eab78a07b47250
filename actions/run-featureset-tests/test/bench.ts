import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { executeAction, type ExecutionResult, systemClock } from '@tagflow/action-kit';
import type { ExecutionContext } from 'ava';
import { action } from '../src/action.ts';

export const fullHash = 'a'.repeat(32);
export const repoUrl = `http://127.0.0.1:1/repos/tripleo-ci-testing/aa/aa/${fullHash}`;

export interface Bench {
  readonly folder: string;
  readonly said: string[];
  readonly cancel: AbortController;
  run(inputs: Readonly<Record<string, string>>, secrets?: Readonly<Record<string, string>>): Promise<ExecutionResult>;
}

/** A folder with a tagflow.yaml, and the action to run in it. */
export async function bench(t: ExecutionContext, config: string): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-tests-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const said: string[] = [];
  const say = (message: string) => void said.push(message);
  const cancel = new AbortController();
  await writeFile(join(folder, 'tagflow.yaml'), config);
  return {
    folder,
    said,
    cancel,
    run: (inputs, secrets = {}) =>
      executeAction(action, new Map(Object.entries({ 'full-hash': fullHash, 'repo-url': repoUrl, ...inputs })), {
        clock: systemClock,
        log: { debug: say, info: say, warning: say },
        progress: () => undefined,
        signal: cancel.signal,
        outDir: folder,
        cwd: folder,
        actor: 'test',
        random: () => 0,
        env: { PATH: env['PATH'], ...secrets },
      }),
  };
}
