import { DlrnError } from './error.ts';

/** How a list is read whose rows have no number, and to whose front others add rows meanwhile. */
export interface PagedList<Row> {
  /** Rows of a full page. A page that has fewer is the last. */
  readonly pageSize: number;
  /** Returns the rows from this position on, newest first, at most {@link PagedList.pageSize}. */
  readonly readPage: (offset: number) => Promise<readonly Row[]>;
  /** What to call the list in an error. */
  readonly where: string;
}

/** Rows that are read again with each page, so that the place of the page is seen from more than one row. */
const overlap = 10;
/** Pages in sequence that bring nothing: a server that skips nothing, or a list that grows faster than it is read. */
const mostIdlePages = 20;

/**
 * Yields the rows of a list, newest first, and asks for a page only when its rows are wanted. All rows that the list had
 * when the first page was read come, in order; those that are added meanwhile move the others back and do not come. Each
 * comes once, unless several rows are equal in all fields, as those of one promotion that was made twice in a second:
 * where a page could lie in two places, the one is taken that tells rows twice, never the one that leaves some out.
 * @throws DlrnError `unexpected-answer` when rows vanish while they are read, or pages never bring anything new.
 */
export async function* readRows<Row>({ pageSize, readPage, where }: PagedList<Row>): AsyncGenerator<Row, void> {
  /** The last rows, of which a page may have some again: no more than it holds. */
  let known: readonly string[] = [];
  let offset = 0;
  let idle = 0;
  while (idle < mostIdlePages) {
    const page = await readPage(offset);
    const keys = page.map((row) => JSON.stringify(row));
    const isLast = page.length < pageSize;
    const place = placeOf(known, keys);
    // The end of the list is behind what is known of it.
    if (isLast && (place === null || place + page.length < known.length)) throw vanished(where);
    // A page without a place ends before the last rows: others were added, as many as it holds, or more.
    const fresh = place === null ? page.length : known.length - place;
    known = [...known, ...keys.slice(fresh)].slice(-pageSize);
    yield* page.slice(fresh);
    if (isLast) return;
    idle = fresh < page.length ? 0 : idle + 1;
    // On from the end of this page, wherever it lies: whatever is added cannot come between.
    offset += page.length - overlap;
  }
  throw new DlrnError('unexpected-answer', `${where} never ends: ${mostIdlePages} pages brought nothing new`);
}

/**
 * Returns where a page lies: the position of its first row among the last rows, or null where no place fits. It begins
 * with some of them again, and rows that are added to the front of the list only move these further back in it. Of
 * several places it is the last.
 */
function placeOf(known: readonly string[], page: readonly string[]): number | null {
  if (known.length === 0) return 0;
  for (let place = known.length - overlap; place >= 0; place -= 1) {
    if (page.every((row, index) => place + index >= known.length || known[place + index] === row)) return place;
  }
  return null;
}

function vanished(where: string): DlrnError {
  return new DlrnError('unexpected-answer', `${where} had rows that are gone while it was read`, {
    outcome: 'waiting',
    next: 'Try again.',
  });
}
