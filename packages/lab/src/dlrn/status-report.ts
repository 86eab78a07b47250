import { escapeHtml } from '../http-server.ts';
import { artifactsOf } from './commit-record.ts';
import { reportPage } from './report.ts';
import { type CommitRow, directoryOf, type DlrnState, packageBuilds, seconds } from './state.ts';

/**
 * Writes what DLRN writes at the top of the tree after every build: report.html, the last build of each package of its
 * list as a page and as CSV, what is still to be built, and their style sheet. There are none in a component's folder.
 */
export function writeReports(state: DlrnState): void {
  const now = seconds(state);
  // The status keeps saying what it said until the next build, whoever reads it when.
  const rows = [...state.commits];
  const packages = (): readonly PackageStatus[] => packagesOf(state, rows, now);
  const files = {
    'report.html': () => reportPage(state),
    'styles.css': () => styles,
    'status_report.html': () => statusPage(state, packages()),
    'status_report.csv': () => statusCsv(packages()),
    // The lab builds one commit at a time, so nothing ever waits.
    'queue.html': () => queuePage(state),
  };
  for (const [name, content] of Object.entries(files)) state.tree.write(name, content, state.clock.now());
}

interface PackageStatus {
  readonly name: string;
  readonly last: CommitRow;
  /** Null unless the last build failed. */
  readonly firstFailure: CommitRow | null;
  /** Whole days since the last success. */
  readonly days: number;
}

// Also said of a success that lies in the future.
const never = -1;

function packagesOf(state: DlrnState, commits: readonly CommitRow[], now: number): readonly PackageStatus[] {
  const packages = state.projects.flatMap(({ name }): readonly PackageStatus[] => {
    const { newest: last, success } = packageBuilds(commits, name) ?? {};
    if (last === undefined) return [];
    if (last.status === 'SUCCESS') return [{ name, last, firstFailure: null, days: 0 }];
    const since = success?.builtAt ?? 0;
    const isFailure = (row: CommitRow): boolean => row.project === name && row.status === 'FAILED';
    const firstFailure = commits.find((row) => isFailure(row) && row.builtAt > since) ?? null;
    const days = success === undefined ? never : Math.floor((now - since) / 86_400);
    return [{ name, last, firstFailure, days }];
  });
  return packages.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function statusCsv(packages: readonly PackageStatus[]): string {
  const lines = packages.map(({ name, last }) => {
    const { commitHash, distroHash, extendedHash, component, status, builtAt } = last;
    const artifacts = artifactsOf(last).join('|') || null;
    return [name, commitHash, distroHash, extendedHash, component, status, builtAt, artifacts]
      .map((value) => value ?? 'None')
      .join(',');
  });
  return ['Project,Source Sha,Dist Sha,Extended Sha,Component,Status,Timestamp,Packages', ...lines, ''].join('\n');
}

function statusPage(state: DlrnState, packages: readonly PackageStatus[]): string {
  const builds = state.release === 'H' ? ['NVR', 'Tarball SHA'] : [];
  const heads = [
    ...['Project Name', ...builds, 'Status'],
    ...['First failure after success ', 'Number of days since last success'],
  ];
  const rows = packages.map((each) => {
    const { name, last } = each;
    // DLRN takes the name of the source package, which a build that failed does not have.
    const build = state.release === 'H' ? [last.status === 'SUCCESS' ? last.nvr : '', last.commitHash] : [];
    const status = `<a href="${directoryOf(last)}/rpmbuild.log">${last.status}</a>`;
    const cells = [escapeHtml(name), ...build.map(escapeHtml), status, ...failureCells(each)];
    const failed = last.status === 'FAILED' ? 'class="failure"' : '';
    return `<tr ${failed}>\n${cells.map((cell) => `<td>${cell}</td>\n`).join('')}</tr>\n`;
  });
  return page('Packaging By DLRN', `Delorean - ${targetOf(state)}`, heads, rows.join(''));
}

function failureCells({ last, firstFailure, days }: PackageStatus): readonly string[] {
  if (last.status !== 'FAILED' || firstFailure === null) return ['', ''];
  const { commitHash, project } = firstFailure;
  const source = `http://git.openstack.org/cgit/openstack/${project.replace(/^openstack-/, '')}/commit/?id=${commitHash}`;
  const log = `<a href="${directoryOf(firstFailure)}/rpmbuild.log">build log</a>`;
  return [`<a href="${escapeHtml(source)}">${commitHash}</a> (${log})`, days === never ? 'Never' : `${days} days`];
}

function queuePage(state: DlrnState): string {
  const title = 'Pending commits for the current run';
  return page(title, `${title}: ${targetOf(state)}`, ['Commit Date Time', 'Project Name', 'Commit Hash'], '');
}

// `centos9-master` is target and source of a DLRN.
function targetOf({ builder }: DlrnState): string {
  const [target = '', ...source] = builder.split('-');
  return `${target.charAt(0).toUpperCase()}${target.slice(1)} (${source.join('-')})`;
}

function page(title: string, heading: string, heads: readonly string[], rows: string): string {
  return (
    `<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>${escapeHtml(title)}</title>\n` +
    `<link rel="stylesheet" href="styles.css">\n</head>\n<body>\n<h1>${escapeHtml(heading)}</h1>\n` +
    `<table id="dlrn">\n<thead>\n<tr>\n${heads.map((head) => `<th>${head}</th>\n`).join('')}</tr>\n</thead>\n` +
    `<tbody>\n${rows}</tbody>\n</table>\n</body>\n</html>`
  );
}

const styles = `#dlrn th {
    text-align: left;
}

#dlrn tr.failure td {
    background-color: #fbdada;
}
`;
