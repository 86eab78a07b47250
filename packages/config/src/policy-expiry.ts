const dayMs = 86_400_000;
const form =
  /^(\d{4}-\d{2}-\d{2})(?:T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.\d{1,3})?)?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)?)?$/;

/**
 * Returns the moment that a text of `expires` means, in milliseconds since 1970: a date lasts until its end in UTC, and
 * a time is that moment. NaN where {@link expiryProblem} has something to say.
 */
export function expiryMs(text: string): number {
  if (expiryProblem(text) !== null) return NaN;
  return text.includes('T') ? Date.parse(text) : Date.parse(text) + dayMs;
}

/** Returns what is wrong with a text of `expires`, or null. A moment that has passed is right: it has expired. */
export function expiryProblem(text: string): string | null {
  const [all, date, hours, , , zone] = form.exec(text) ?? [];
  if (all === undefined || date === undefined) {
    return `"${text}" is no date; allowed: a date such as 2026-12-01, or a time with its zone such as 2026-12-01T12:00:00Z`;
  }
  // Date.parse takes the 30th of February for the 2nd of March.
  const read = Date.parse(date);
  if (Number.isNaN(read) || new Date(read).toISOString().slice(0, 10) !== date)
    return `"${date}" is not in the calendar`;
  if (hours !== undefined && zone === undefined) {
    return `"${text}" says no zone, and machines have different ones; add Z for UTC, or an offset such as +01:00`;
  }
  return null;
}
