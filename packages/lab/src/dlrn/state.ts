import type { Clock, CommitBuild } from '@tagflow/model';
import { createFileTree, type FileTree } from './file-tree.ts';

export type LabMode = 'classic' | 'component';

/** A package that DLRN builds. */
export interface LabProject {
  readonly name: string;
  readonly component: string;
}

/** One build: a row of DLRN's table `commits`. */
export interface CommitRow extends CommitBuild {
  readonly id: number;
  readonly project: string;
  readonly status: 'SUCCESS' | 'FAILED' | 'RETRY';
  readonly purged: boolean;
  /** Seconds since 1970, as every time in a row. */
  readonly builtAt: number;
  /** Name, version and release of the package, such as `openstack-nova-21.0.0-0.20180601120000.abcdef1.el7`. */
  readonly nvr: string;
}

/** What a job said about one build. Rows are appended, never replaced. */
export interface VoteRow {
  readonly commit: CommitRow;
  readonly job: string;
  readonly url: string;
  readonly success: boolean;
  readonly inProgress: boolean;
  readonly timestamp: number;
  readonly notes: string;
  /** Null for DLRN's own vote `consistent`. */
  readonly user: string | null;
}

/** What a job said about an aggregate. */
export interface AggregateVoteRow extends Omit<VoteRow, 'commit'> {
  readonly aggregateHash: string;
}

export interface PromotionRow {
  readonly commit: CommitRow;
  readonly label: string;
  readonly timestamp: number;
  readonly user: string;
  readonly aggregateHash: string | null;
}

/** Everything that one DLRN knows: its rows, oldest first, and its repository tree. */
export interface DlrnState {
  readonly mode: LabMode;
  /** Such as `centos7-master`. */
  readonly builder: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Where the tree is served; every delorean.repo carries it. */
  readonly baseUrl: string;
  /** The packages that `consistent` waits for. */
  readonly projects: readonly LabProject[];
  readonly commits: CommitRow[];
  readonly votes: VoteRow[];
  readonly aggregateVotes: AggregateVoteRow[];
  readonly promotions: PromotionRow[];
  readonly tree: FileTree;
}

/** Returns a DLRN that has built nothing yet. */
export function createDlrnState(
  options: Pick<DlrnState, 'mode' | 'builder' | 'clock' | 'baseUrl' | 'projects'>,
): DlrnState {
  return { ...options, commits: [], votes: [], aggregateVotes: [], promotions: [], tree: createFileTree() };
}

/** Returns DLRN's time, in whole seconds. */
export function seconds(state: DlrnState): number {
  return Math.floor(state.clock.now() / 1000);
}

/**
 * Returns the newest successful build with these hashes, purged or not. An extended hash that is not given is not
 * compared, even where the build has one.
 */
export function findCommit(
  state: DlrnState,
  commitHash: unknown,
  distroHash: unknown,
  extendedHash: string | null,
): CommitRow | undefined {
  return state.commits.findLast(
    (row) =>
      row.status === 'SUCCESS' &&
      row.commitHash === commitHash &&
      row.distroHash === distroHash &&
      (extendedHash === null || extendedHash === '' || row.extendedHash === extendedHash),
  );
}

/** Returns the newest successful build of each project, in the order of project names. */
export function latestBuilds(state: DlrnState, component: string | null, upTo: CommitRow): readonly CommitRow[] {
  const latest = new Map<string, CommitRow>();
  for (const row of state.commits) {
    if (row.id <= upTo.id && row.status === 'SUCCESS' && row.component === component) latest.set(row.project, row);
  }
  return [...latest.values()].sort((a, b) => (a.project < b.project ? -1 : 1));
}

/**
 * Returns the `delorean` directory of a build below the repository's top: `aa/bb/<hash>`, in component mode below
 * `component/<name>/`.
 */
export function directoryOf(row: CommitRow): string {
  const parts = [row.commitHash, row.distroHash.slice(0, 8)];
  for (const part of row.extendedHash?.split('_') ?? []) parts.push(part.slice(0, 8));
  const shard = `${row.commitHash.slice(0, 2)}/${row.commitHash.slice(2, 4)}/${parts.join('_')}`;
  return row.component === null ? shard : `component/${row.component}/${shard}`;
}

/** Returns the folder that holds a build's labels: the top, or its component's. */
export function labelFolder(component: string | null): string {
  return component === null ? '' : `component/${component}/`;
}
