import type { Clock, CommitBuild } from '@tagflow/model';
import { createFileTree, type FileTree } from './file-tree.ts';

export type LabMode = 'classic' | 'component';

/** Which DLRN is stood in for: R is 0.26.1, H what was developed after it and never released. */
export type DlrnRelease = 'R' | 'H';

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
  /** What a build that was imported has brought along, which the lab makes up for its own builds. */
  readonly imported?: ImportedFacts;
}

export interface ImportedFacts {
  /** When source and packaging were committed. */
  readonly sourceAt: number;
  readonly distroAt: number;
  readonly notes: string;
  /** Files below the data folder: `repos/…/x.noarch.rpm`. */
  readonly artifacts: readonly string[];
}

/** What a job said about one build. Rows are appended, never replaced. */
export interface VoteRow {
  readonly commit: CommitRow;
  /** Like url and notes null where the reporter says null. */
  readonly job: string | null;
  readonly url: string | null;
  readonly success: boolean;
  readonly inProgress: boolean;
  readonly timestamp: number;
  readonly notes: string | null;
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
  readonly release: DlrnRelease;
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

/** Returns a DLRN that has built nothing yet; R unless told. */
export function createDlrnState(
  options: Pick<DlrnState, 'mode' | 'builder' | 'clock' | 'baseUrl' | 'projects'> & Partial<Pick<DlrnState, 'release'>>,
): DlrnState {
  return {
    release: 'R',
    ...options,
    commits: [],
    votes: [],
    aggregateVotes: [],
    promotions: [],
    tree: createFileTree(),
  };
}

/** Returns what puts the rows and the tree back to what they are now, as often as it is called. */
export function keepState(state: DlrnState): () => void {
  const { commits, votes, aggregateVotes, promotions, tree } = state;
  const backs = [keepRows(commits), keepRows(votes), keepRows(aggregateVotes), keepRows(promotions), tree.snapshot()];
  return () => {
    for (const back of backs) back();
  };
}

// Rows never change, only their list does.
function keepRows<Row>(rows: Row[]): () => void {
  const kept = [...rows];
  return () => void rows.splice(0, rows.length, ...kept);
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
  commitHash: string | null,
  distroHash: string | null,
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

/** Returns the newest build of a package that is not to be built again. */
export function lastProcessed(state: DlrnState, project: string): CommitRow | undefined {
  return state.commits.findLast((row) => row.project === project && row.status !== 'RETRY');
}

/** Returns the components of which something was built, in alphabetical order. */
export function builtComponents(state: DlrnState): readonly string[] {
  return [...new Set(state.commits.flatMap((row) => row.component ?? []))].sort();
}

/** What DLRN knows of a package when another one has been built. */
export interface PackageBuilds {
  /** The newest build, however it ended. */
  readonly newest: CommitRow;
  /** The newest that succeeded. */
  readonly success: CommitRow | undefined;
}

/** Returns what these rows tell of a package; undefined when it was never built. */
export function packageBuilds(rows: readonly CommitRow[], project: string): PackageBuilds | undefined {
  const builds = rows.filter((row) => row.project === project);
  const newest = builds.at(-1);
  return newest && { newest, success: builds.findLast((row) => row.status === 'SUCCESS') };
}

/**
 * Returns the builds of each package of the tree, or of the component, up to this one, in the order of DLRN's list.
 * What was never built is left out.
 */
export function latestBuilds(state: DlrnState, built: CommitRow): readonly PackageBuilds[] {
  const rows = state.commits.filter((row) => row.id <= built.id);
  return state.projects
    .filter(({ component }) => state.mode === 'classic' || component === built.component)
    .flatMap(({ name }) => packageBuilds(rows, name) ?? []);
}

/**
 * Returns the `delorean` directory of a build below the repository's top: `aa/bb/<hash>`, in component mode below
 * `component/<name>/`.
 */
export function directoryOf(row: CommitRow): string {
  const parts = [row.commitHash, row.distroHash.slice(0, 8), ...shortExtended(row.extendedHash ?? '')];
  const shard = `${row.commitHash.slice(0, 2)}/${row.commitHash.slice(2, 4)}/${parts.join('_')}`;
  return `${labelFolder(row.component)}${shard}`;
}

// Two hashes of 40 digits with a line between them, or anything shorter.
function shortExtended(hash: string): readonly string[] {
  if (hash === '') return [];
  return hash.length < 49 ? [hash.slice(0, 8)] : [hash.slice(0, 8), hash.slice(41, 49)];
}

/** Returns the folder that holds a build's labels: the top, or its component's. */
export function labelFolder(component: string | null): string {
  // What was imported from a classic DLRN has the word None there, which names no folder either.
  return component === null || component === 'None' ? '' : `component/${component}/`;
}
