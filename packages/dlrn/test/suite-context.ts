import type { ExecutionContext } from 'ava';
import type { Api } from '@tagflow/http';
import { type ArtifactSet, type CommitBuild, type Effects, type Move, parseLabel } from '@tagflow/model';
import {
  type createRepositoryDestination,
  type DlrnClient,
  DlrnError,
  type DlrnErrorCode,
  type RepositoryTree,
  type ResolvedHash,
} from '../src/index.ts';

/** A DLRN to test against: the lab's, or the real one. */
export interface SuiteDlrn {
  readonly apiUrl: string;
  readonly reposUrl: string;
  readonly username: string;
  readonly password: string;
  readonly failed: CommitBuild;
  readonly purged: CommitBuild;
  /** Whether it is newer than 0.26.1. Default false. */
  readonly isHead?: boolean;
  /** Builds the next package once, so that `consistent` moves. */
  build(): Promise<void>;
  close(): Promise<void>;
}

export type Mode = 'classic' | 'component';

/** One DLRN, and what reads and writes it: shared by the tests of a mode, each of which uses labels of its own. */
export interface Suite {
  readonly dlrn: SuiteDlrn;
  readonly api: Api;
  readonly client: DlrnClient;
  readonly tree: RepositoryTree;
}

/** Real requests, and waits that are over at once. */
export const testEffects: Effects = {
  clock: { now: () => Date.now(), sleep: () => Promise.resolve() },
  log: { debug: () => undefined, info: () => undefined, warning: () => undefined },
  progress: () => undefined,
  signal: new AbortController().signal,
};

export const stageOptions = { signal: testEffects.signal, progress: testEffects.progress };

/** Options of a flip, and the pointers that it wrote. */
export function flipRecorder(): {
  options: Parameters<ReturnType<typeof createRepositoryDestination>['flip']>[1];
  written: string[];
} {
  const written: string[] = [];
  const before = (move: Move): Promise<void> => {
    written.push(move.pointer);
    return Promise.resolve();
  };
  return { options: { signal: testEffects.signal, before, after: () => undefined }, written };
}

export function moveOf(label: string, from: string | null, to: string): Move {
  return { destination: 'dlrn', kind: 'repository', label: parseLabel(label), pointer: label, from, to };
}

export function setOfHash(resolved: ResolvedHash): ArtifactSet {
  return {
    fullHash: resolved.fullHash,
    release: 'master',
    repository: { url: resolved.repoUrl, builds: resolved.builds },
    containers: [],
    images: [],
  };
}

/** Asserts that the work fails with a DlrnError of this code, and returns it. */
export async function failsWith(
  t: ExecutionContext,
  code: DlrnErrorCode,
  work: () => Promise<unknown>,
): Promise<DlrnError> {
  const error = await t.throwsAsync(work, { instanceOf: DlrnError });
  t.is(error.code, code, error.message);
  return error;
}

export const consistent = parseLabel('consistent');

/** Gives all builds of a set a label. */
export const promoteAll = (client: DlrnClient, builds: readonly CommitBuild[], label: string): Promise<unknown> =>
  client.promoteBatch(builds, parseLabel(label));
