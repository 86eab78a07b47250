import { presentText } from '@tagflow/model';
import { refuseHtml } from './answer.ts';
import { rowsBelow } from './csv-rows.ts';
import { DlrnError } from './error.ts';

/** One package of a repository. Absent values, which DLRN writes as the word `None`, are null. */
export interface PackageVersion {
  readonly project: string;
  readonly sourceRepo: string | null;
  readonly sourceSha: string | null;
  readonly distRepo: string | null;
  readonly distSha: string | null;
  readonly status: string | null;
  readonly component: string | null;
  /** Name, version and release of the package, such as `openstack-heat-1.0-0.2026….el9`. */
  readonly nvr: string | null;
}

/** In characters. Looking for the end of a field in quotes takes the square of it. */
const longestLine = 10_000;

const header = {
  project: 'Project',
  sourceRepo: 'Source Repo',
  sourceSha: 'Source Sha',
  distRepo: 'Dist Repo',
  distSha: 'Dist Sha',
  status: 'Status',
  component: 'Component',
  nvr: 'Pkg NVR',
} as const satisfies Record<keyof PackageVersion, string>;

/**
 * Returns the packages of a `versions.csv`, at least one.
 * @throws DlrnError `unexpected-answer` for HTML, a header without `Project` and `Source Sha`, a row of another length.
 */
export function parseVersionsCsv(text: string, where: string): readonly PackageVersion[] {
  const [columns, ...rows] = refuseHtml(text, where, 'a versions.csv')
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line, index) => {
      if (line.length <= longestLine) return fieldsOf(line);
      throw new DlrnError(
        'unexpected-answer',
        `${where}, line ${index + 1}: ${line.length} characters, expected a row`,
      );
    });
  if (columns === undefined || !columns.includes(header.project) || !columns.includes(header.sourceSha)) {
    throw new DlrnError(
      'unexpected-answer',
      `${where} has no columns "Project" and "Source Sha", expected a versions.csv`,
    );
  }
  if (rows.length === 0) throw new DlrnError('unexpected-answer', `${where} lists no packages`);
  return rowsBelow(columns, rows, where).map(({ where: line, field: textOf }) => {
    const field = (column: string): string | null => presentText(textOf(column));
    const project = field(header.project);
    if (project === null) throw new DlrnError('unexpected-answer', `${line}: no project`);
    return {
      project,
      sourceRepo: field(header.sourceRepo),
      sourceSha: field(header.sourceSha),
      distRepo: field(header.distRepo),
      distSha: field(header.distSha),
      status: field(header.status),
      component: field(header.component),
      nvr: field(header.nvr),
    };
  });
}

/** Returns the fields of one line. DLRN writes none in quotes; other writers of the form do, where one holds a comma. */
function fieldsOf(line: string): readonly string[] {
  return [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}
