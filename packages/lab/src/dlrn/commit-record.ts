import { type CommitRow, directoryOf } from './state.ts';

/** A row of DLRN's table `commits`, with DLRN's names. */
export type CommitRecord = Readonly<Record<string, string | number | null>>;

/** Returns everything that DLRN keeps of one build. */
export function commitRecord(row: CommitRow): CommitRecord {
  const { imported } = row;
  const artifacts = artifactsOf(row);
  return {
    artifacts: artifacts.length === 0 ? null : artifacts.join(','),
    commit_branch: 'master',
    commit_hash: row.commitHash,
    component: row.component,
    distgit_dir: `data/${row.project}_distro/`,
    distro_hash: row.distroHash,
    dt_build: row.builtAt,
    ...timesOf(row),
    dt_extended: 0,
    extended_hash: row.extendedHash,
    flags: row.purged ? 2 : 0,
    id: row.id,
    notes: imported?.notes ?? 'OK',
    project_name: row.project,
    repo_dir: `data/${row.project}`,
    status: row.status,
    type: 'rpm',
    // DLRN reads the word from a commit.yaml and keeps it.
    versions_csv: imported === undefined ? null : 'None',
  };
}

/** Returns when source and packaging of a build were committed, in seconds since 1970. */
export function timesOf(row: Pick<CommitRow, 'builtAt' | 'imported'>): {
  readonly dt_commit: number;
  readonly dt_distro: number;
} {
  const { sourceAt = row.builtAt - 900, distroAt = row.builtAt - 86_400 } = row.imported ?? {};
  return { dt_commit: sourceAt, dt_distro: distroAt };
}

/** Returns the packages of a build, the source first, as paths below DLRN's data folder. */
export function artifactsOf(row: CommitRow): readonly string[] {
  if (row.imported !== undefined) return row.imported.artifacts;
  if (row.status !== 'SUCCESS') return [];
  return ['src', 'noarch'].map((kind) => `repos/${directoryOf(row)}/${row.nvr}.${kind}.rpm`);
}
