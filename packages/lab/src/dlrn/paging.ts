/** The most that one answer lists, and what it lists unless told. */
export const pageSize = 100;

/** Returns one page of rows. SQLite takes a negative limit for none, and a negative offset for 0. */
export function page<Row>(rows: readonly Row[], offset: number, limit: number): readonly Row[] {
  const from = Math.max(0, offset);
  return limit < 0 ? rows.slice(from) : rows.slice(from, from + Math.min(limit, pageSize));
}
