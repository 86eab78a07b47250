/**
 * Returns the rows of the next page that were not collected yet, or null when the page does not overlap with what was
 * collected. Rows that are added between two requests push the older ones down, so a page asked for at
 * `offset = collected.length - 1` begins with rows that we have: as many as were added, and one. DLRN's rows have no
 * number, so where several in sequence are equal in all fields, one of them may be counted twice.
 * @param collected all rows so far, newest first
 * @param same whether two rows are the same
 */
export function newRowsOf<Row>(
  collected: readonly Row[],
  page: readonly Row[],
  same: (a: Row, b: Row) => boolean,
): readonly Row[] | null {
  if (collected.length === 0) return page;
  const longest = Math.min(page.length, collected.length);
  for (let overlap = 1; overlap <= longest; overlap += 1) {
    const tail = collected.slice(-overlap);
    if (page.slice(0, overlap).every((row, index) => same(row, tail[index] as Row))) return page.slice(overlap);
  }
  return null;
}
