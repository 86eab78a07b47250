/** Since when a package fails. */
export interface Failing {
  /** The commit of its source that was the first to fail after the last success. */
  readonly since: string | null;
  /** Whole days since the last success; null when there was none. */
  readonly days: number | null;
}

const columns = { project: 'Project Name', since: 'First failure', days: 'Number of days' } as const;

/**
 * Returns since when packages fail, by their names, from a `status_report.html`, which alone knows it. The page is for
 * people and may change: what is not understood is left out.
 */
export function parseStatusPage(text: string): ReadonlyMap<string, Failing> {
  const [heads = [], ...rows] = text.split(/<tr\b/i).slice(1).map(cellsOf);
  const place = (head: string): number => heads.findIndex((one) => one.startsWith(head));
  const found = new Map<string, Failing>();
  for (const cells of rows) {
    const cell = (head: string): string => cells[place(head)] ?? '';
    const days = /^(?:(\d+) days|Never)$/.exec(cell(columns.days));
    if (cells.length !== heads.length || days === null) continue;
    const since = /^([0-9a-zA-Z._-]+)(?: |$)/.exec(cell(columns.since))?.[1] ?? null;
    found.set(cell(columns.project), { since, days: days[1] === undefined ? null : Number(days[1]) });
  }
  return found;
}

/** Returns the texts of a row's cells, in one line each. */
function cellsOf(row: string): readonly string[] {
  return row
    .split(/<t[dh]\b/i)
    .slice(1)
    .map((cell) =>
      cell
        .slice(cell.indexOf('>') + 1)
        .replace(/<\/t[dh]\b[^]*/i, '')
        .replace(/<[^>]*>/g, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
    );
}
