import { formatMs } from '../measure.ts';
import type { ImagesRun } from './world.ts';

/** What the columns of a table show. */
const columns: readonly {
  readonly title: string;
  readonly value: (run: ImagesRun) => number;
  readonly format: (value: number) => string;
}[] = [
  { title: 'wall', value: ({ wallMs }) => wallMs, format: formatMs },
  { title: 'client CPU', value: ({ cpuMs }) => cpuMs, format: formatMs },
  { title: 'server CPU', value: ({ serverCpuMs }) => serverCpuMs, format: formatMs },
  { title: 'on the wire', value: ({ wireBytes }) => wireBytes, format: formatBytes },
  { title: 'peak', value: ({ peakMb }) => peakMb, format: (value) => `${value.toFixed(0)} MB` },
];

/** Prints a run a line, each figure with what it is of that of the first run, which is ours. */
export function printTable(runs: ReadonlyMap<string, ImagesRun>, print: (line: string) => void): void {
  const width = Math.max(...[...runs.keys()].map((name) => name.length));
  const [ours] = runs.values();
  print(`  ${' '.repeat(width)} ${columns.map(({ title }) => title.padStart(10).padEnd(19)).join('')}`.trimEnd());
  for (const [name, run] of runs) {
    const figures = columns.map(({ value, format }) => {
      const own = value(run);
      const base = ours === undefined || run === ours ? 0 : value(ours);
      return `${format(own).padStart(10)} ${base > 0 ? `${ratio(own, base)} ×`.padStart(7) : ' '.repeat(7)} `;
    });
    print(`  ${name.padEnd(width)} ${figures.join('')}`.trimEnd());
  }
}

/** Returns bytes for people: `12 kB`, `104 MB`. */
export function formatBytes(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

/** Collects what has to hold. */
export interface Bars {
  /** Prints and keeps whether a value is at most a limit. */
  atMost(what: string, value: number, limit: number, format: (value: number) => string): void;
  /** Prints how many held, and which did not. */
  summary(): void;
}

export function createBars(print: (line: string) => void): Bars {
  const missed: string[] = [];
  let count = 0;
  return {
    atMost: (what, value, limit, format) => {
      count += 1;
      const holds = value <= limit;
      const text = `${what}: ${format(value)}, at most ${format(limit)}`;
      if (!holds) missed.push(text);
      print(`  bar ${holds ? 'held  ' : 'MISSED'}  ${text}`);
    },
    summary: () => {
      print(`\n${count - missed.length} of ${count} bars held`);
      for (const text of missed) print(`  MISSED  ${text}`);
    },
  };
}

function ratio(value: number, base: number): string {
  const times = value / base;
  return times.toFixed(times < 10 ? 2 : 0);
}
