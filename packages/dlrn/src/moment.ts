/**
 * Returns a day, or a time of one with its offset, in milliseconds since 1970; null for anything else, such as the 30th of
 * February.
 */
export function parseMoment(text: string): number | null {
  // Without an offset, a time would be that of whatever machine this is.
  const [, day] = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/.exec(text) ?? [];
  const [midnight, time] = [Date.parse(day ?? ''), Date.parse(text)];
  if (Number.isNaN(midnight) || Number.isNaN(time)) return null;
  // JavaScript takes the 30th of February for the 2nd of March.
  return new Date(midnight).toISOString().slice(0, 10) === day ? time : null;
}

/** Tells whether a text is a day of the calendar, such as `2026-01-31`. */
export function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && parseMoment(text) !== null;
}
