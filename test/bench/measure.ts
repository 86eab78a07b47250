/** What some work took. */
export interface Measured<Result> {
  readonly result: Result;
  readonly wallMs: number;
  /** Of this process; a child's seconds are not in it. */
  readonly cpuMs: number;
}

/** Does the work once and returns what it took. */
export async function measure<Result>(work: () => Promise<Result> | Result): Promise<Measured<Result>> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const result = await work();
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { result, wallMs, cpuMs: (user + system) / 1000 };
}

/** Returns the middle one of several measurements, by wall time. */
export function middleOf<Result>(all: readonly Measured<Result>[]): Measured<Result> {
  const sorted = all.toSorted((a, b) => a.wallMs - b.wallMs);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('nothing was measured');
  return middle;
}

/** Returns milliseconds for people: `840 ms`, `12.3 s`. */
export function formatMs(ms: number): string {
  return ms < 1000 ? `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
