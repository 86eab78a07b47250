/** Returns a time as people say it: `0.4 s`, `12 s`, `90 s`, `4 h`. */
export function spokenTime(ms: number): string {
  if (ms < 10_000) return `${(Math.round(ms / 100) / 10).toString()} s`;
  if (ms < 180_000) return `${Math.round(ms / 1000)} s`;
  const minutes = Math.round(ms / 60_000);
  return minutes < 180 || minutes % 60 !== 0 ? `${minutes} min` : `${minutes / 60} h`;
}
