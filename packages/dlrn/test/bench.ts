import type { ExecutionContext } from 'ava';
import { createApi } from '@tagflow/http';
import { type Destination, parseLabel } from '@tagflow/model';
import type { LabDlrnFault, LabDlrnRequest } from '@tagflow/lab';
import {
  createDlrnClient,
  createRepositoryDestination,
  createRepositoryTree,
  type ResolvedHash,
} from '../src/index.ts';
import { type Mode, testEffects } from './client-suite.ts';
import { startLab, type StartedLab } from './lab.ts';

export interface Bench {
  readonly started: StartedLab;
  readonly destination: Destination;
  readonly first: ResolvedHash;
  readonly second: ResolvedHash;
  readonly tree: ReturnType<typeof createRepositoryTree>;
  readonly client: ReturnType<typeof createDlrnClient>;
  /** Makes the requests that match answer with the fault, `times` of them. */
  fail(fault: LabDlrnFault, matches: (request: LabDlrnRequest) => boolean, times?: number): void;
}

/** A DLRN where `label` names the first hash, and `consistent` the second; `sleep` is what happens while it waits. */
export async function bench(
  t: ExecutionContext,
  mode: Mode,
  sleep: (milliseconds: number) => Promise<void> = () => Promise.resolve(),
): Promise<Bench> {
  const effects = { ...testEffects, clock: { ...testEffects.clock, sleep } };
  const started = await startLab(mode);
  t.teardown(() => started.close());
  const api = createApi(testEffects, { timeoutMs: 1500, attempts: 1 });
  const { apiUrl, reposUrl, username, password } = started;
  const client = createDlrnClient(api, { apiUrl, credentials: { username, password } });
  const tree = createRepositoryTree(api, { reposUrl, effects: testEffects });
  const destination = createRepositoryDestination({ client, tree, mode, name: 'dlrn', effects });
  const first = await tree.resolveLabel(parseLabel('consistent'));
  await client.promoteBatch(first.builds, parseLabel('label'));
  await started.build();
  const second = await tree.resolveLabel(parseLabel('consistent'));
  const fail: Bench['fail'] = (fault, matches, times = Infinity) => {
    let left = times;
    started.lab.setFaults((request) => (left > 0 && matches(request) && left-- > 0 ? fault : undefined));
  };
  return { started, destination, first, second, tree, client, fail };
}

/** Tells whether a request promotes. */
export const isPromote = (request: LabDlrnRequest): boolean =>
  request.path.startsWith('/api/promote') && request.method === 'POST';
