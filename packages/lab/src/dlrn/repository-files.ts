import { stringify } from 'yaml';
import { type CommitRow, directoryOf, type DlrnState } from './state.ts';

/** Returns the `delorean.repo` of one build. */
export function repoFile(state: DlrnState, row: CommitRow): string {
  const section = row.component === null ? 'delorean' : `delorean-component-${row.component}`;
  return (
    `[${section}]\nname=delorean-${row.project}-${row.commitHash}\n` +
    `baseurl=${state.baseUrl}/${directoryOf(row)}\nenabled=1\ngpgcheck=0\npriority=1\n`
  );
}

/** Returns the `commit.yaml` of one build: every value a text, an absent one the word `None`. */
export function commitYaml(row: CommitRow): string {
  const directory = directoryOf(row);
  const fields = {
    artifacts: `repos/${directory}/${row.nvr}.noarch.rpm`,
    commit_branch: 'master',
    commit_hash: row.commitHash,
    component: row.component ?? 'None',
    distgit_dir: `data/${row.project}_distro/`,
    distro_hash: row.distroHash,
    dt_build: String(row.builtAt),
    dt_commit: String(row.builtAt - 900),
    dt_distro: String(row.builtAt - 86_400),
    dt_extended: '0',
    extended_hash: row.extendedHash ?? 'None',
    flags: row.purged ? '2' : '0',
    id: String(row.id),
    notes: 'OK',
    project_name: row.project,
    repo_dir: `data/${row.project}`,
    status: row.status,
    type: 'rpm',
    versions_csv: `repos/${directory}/versions.csv`,
  };
  return stringify({ commits: [fields] }, { singleQuote: true, lineWidth: 0 });
}

const csvHeader =
  'Project,Source Repo,Source Sha,Dist Repo,Dist Sha,Status,Last Success Timestamp,Component,Extended Sha,Pkg NVR';

/** Returns the `versions.csv` that lists these builds. */
export function versionsCsv(rows: readonly CommitRow[]): string {
  const lines = rows.map((row) => {
    const source = row.project.replace(/^openstack-/, '');
    return [
      row.project,
      `https://git.openstack.org/openstack/${source}`,
      row.commitHash,
      `https://github.com/rdo-packages/${source}-distgit`,
      row.distroHash,
      row.status,
      row.builtAt,
      row.component ?? 'None',
      row.extendedHash ?? 'None',
      row.nvr,
    ].join(',');
  });
  return [csvHeader, ...lines, ''].join('\n');
}
