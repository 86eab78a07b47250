import { stringify } from 'yaml';
import { commitRecord } from './commit-record.ts';
import { type CommitRow, directoryOf, type DlrnState, type PackageBuilds } from './state.ts';

/** Returns the `delorean.repo` of one build. */
export function repoFile(state: DlrnState, row: CommitRow): string {
  const section = state.mode === 'classic' ? 'delorean' : `delorean-component-${row.component}`;
  return (
    `[${section}]\nname=delorean-${row.project}-${row.commitHash}\n` +
    `baseurl=${state.baseUrl}/${directoryOf(row)}\nenabled=1\ngpgcheck=0\npriority=1\n`
  );
}

/** Returns the `commit.yaml` of one build: every value a text, an absent one the word `None`. */
export function commitYaml(row: CommitRow): string {
  const texts = Object.entries(commitRecord(row)).map(([name, value]) => [name, String(value ?? 'None')]);
  const fields: Record<string, string> = Object.fromEntries(texts);
  // An import makes a float of it, and DLRN writes the file before it reads the row back.
  if (row.imported !== undefined) fields['dt_commit'] += '.0';
  return stringify({ commits: [fields] }, { singleQuote: true, lineWidth: 0, indentSeq: false });
}

const csvHeader =
  'Project,Source Repo,Source Sha,Dist Repo,Dist Sha,Status,Last Success Timestamp,Component,Extended Sha,Pkg NVR';

/**
 * Returns the `versions.csv` that lists these packages: the newest success of each, but with the status of what was
 * built last.
 */
export function versionsCsv(packages: readonly PackageBuilds[], component: string | null): string {
  const lines = packages.map(({ newest, success }) => {
    const row = success ?? newest;
    const source = row.project.replace(/^openstack-/, '');
    return [
      row.project,
      `https://git.openstack.org/openstack/${source}`,
      row.commitHash,
      `https://github.com/rdo-packages/${source}-distgit`,
      row.distroHash,
      newest.status,
      row.builtAt,
      component ?? 'None',
      row.extendedHash ?? 'None',
      success?.nvr ?? '',
    ].join(',');
  });
  return [csvHeader, ...lines, ''].join('\n');
}
