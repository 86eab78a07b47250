import { DlrnError } from './error.ts';

/** One row of a CSV file of DLRN's. */
export interface CsvRow {
  /** The file and the line, for messages. */
  readonly where: string;
  /** Returns what stands in a column; nothing where there is no such column. */
  field(column: string): string;
}

/**
 * Returns the rows below a header by the names of their columns, because DLRN added some over the years.
 * @param where the URL or file
 * @throws DlrnError `unexpected-answer` for a row of another length
 */
export function rowsBelow(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  where: string,
): readonly CsvRow[] {
  return rows.map((row, index) => {
    const line = `${where}, line ${index + 2}`;
    if (row.length !== columns.length) {
      throw new DlrnError('unexpected-answer', `${line}: ${row.length} fields where the header has ${columns.length}`);
    }
    return { where: line, field: (column) => row[columns.indexOf(column)] ?? '' };
  });
}
