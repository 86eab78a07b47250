import { type CommitBuild, fullHashOfCommit, parseCommitBuild, ParseError, presentText } from '@tagflow/model';
import { refuseHtml } from './answer.ts';
import { type CsvRow, rowsBelow } from './csv-rows.ts';
import { DlrnError } from './error.ts';
import { memberOf } from './pinned.ts';
import { type Failing, parseStatusPage } from './status-page.ts';
import type { RepositoryTree } from './tree.ts';

/** How the last build of one package went. */
export interface PackageState {
  /** The package, such as `openstack-heat`. */
  readonly project: string;
  readonly component: string | null;
  /** `RETRY`: it failed for a reason that is known to pass, and is built again. */
  readonly status: 'SUCCESS' | 'FAILED' | 'RETRY';
  /** Whole seconds since 1970. */
  readonly builtAt: number;
  /** What was built; null where its hashes are not git's. */
  readonly build: CommitBuild | null;
  /** The log of the build, below the base of the tree. */
  readonly logPath: string | null;
  /** The file names of its packages, the source package first; none when it failed. */
  readonly packages: readonly string[];
  /** Since when it fails; null unless it is FAILED, and where DLRN's page does not say. */
  readonly failing: Failing | null;
}

const csvPath = 'status_report.csv';

/**
 * Returns the last build of every package, in the order of their names, or null where the tree has no report. DLRN
 * writes it after each build, of the packages that its list has now (seen in 0.26.1 and in the development head). Who
 * made a commit is not in it.
 * @throws DlrnError `unexpected-answer` for HTML, missing columns, a file that is cut short as DLRN writes it
 */
export async function readStatusReport(
  tree: Pick<RepositoryTree, 'readFile' | 'reposUrl'>,
): Promise<readonly PackageState[] | null> {
  const text = await tree.readFile(csvPath);
  if (text === null) return null;
  const states = parseStatusCsv(text, `${tree.reposUrl}/${csvPath}`);
  if (!states.some((state) => state.status === 'FAILED')) return states;
  const failing = parseStatusPage((await tree.readFile('status_report.html')) ?? '');
  return states.map((state) =>
    state.status === 'FAILED' ? { ...state, failing: failing.get(state.project) ?? null } : state,
  );
}

const columns = ['Project', 'Source Sha', 'Dist Sha', 'Extended Sha', 'Component', 'Status', 'Timestamp', 'Packages'];

/** Returns what a `status_report.csv` says. DLRN puts nothing in quotes; a build's files are separated by `|`. */
export function parseStatusCsv(text: string, where: string): readonly PackageState[] {
  const whole = refuseHtml(text, where, 'a status_report.csv');
  if (!whole.endsWith('\n')) {
    throw new DlrnError('unexpected-answer', `${where} does not end with a line: it is being written`, {
      outcome: 'waiting',
      next: 'Try again.',
    });
  }
  const [header = [], ...rows] = whole
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => line.split(','));
  const missing = columns.filter((name) => !header.includes(name));
  if (missing.length > 0) {
    throw new DlrnError(
      'unexpected-answer',
      `${where} has no column ${missing.join(', ')}, expected a status_report.csv`,
    );
  }
  return rowsBelow(header, rows, where).map(stateOf);
}

function stateOf({ where, field }: CsvRow): PackageState {
  const status = field('Status');
  if (status !== 'SUCCESS' && status !== 'FAILED' && status !== 'RETRY') {
    throw new DlrnError('unexpected-answer', `${where}: status "${status}", expected SUCCESS, FAILED or RETRY`);
  }
  const builtAt = Math.trunc(Number(field('Timestamp') || NaN));
  if (!Number.isSafeInteger(builtAt)) {
    throw new DlrnError('unexpected-answer', `${where}: timestamp "${field('Timestamp')}", expected seconds`);
  }
  const build = buildOf(field);
  const directory = build === null ? null : memberOf(fullHashOfCommit(build), build.component).path;
  const artifacts = presentText(field('Packages'));
  return {
    project: field('Project'),
    component: presentText(field('Component')),
    status,
    builtAt,
    build,
    logPath: directory === null ? null : `${directory}/rpmbuild.log`,
    packages: artifacts?.split('|').map((path) => path.slice(path.lastIndexOf('/') + 1)) ?? [],
    failing: null,
  };
}

function buildOf(field: CsvRow['field']): CommitBuild | null {
  try {
    return parseCommitBuild({
      commit_hash: field('Source Sha'),
      distro_hash: field('Dist Sha'),
      extended_hash: field('Extended Sha'),
      component: field('Component'),
    });
  } catch (error) {
    // One package of a form of its own must not hide how the others are.
    if (error instanceof ParseError) return null;
    throw error;
  }
}
