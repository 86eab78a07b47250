import type { Counts } from './measure.ts';

/** What a count depends on: C containers, K other registries, J jobs that vote. */
export interface Dimensions {
  readonly containers: number;
  readonly others: number;
  readonly jobs: number;
}

/** A count as `one + c·C + k·K + ck·C·K + j·J`. */
export interface Line {
  readonly one: number;
  readonly c: number;
  readonly k: number;
  readonly ck: number;
  readonly j: number;
}

/** One measured lab: how big it was, and what it was asked for. */
export interface Point extends Dimensions {
  readonly counts: Counts;
}

/** The labs that a model is made of: two sizes in each direction. */
export interface Points {
  readonly base: Point;
  readonly moreContainers: Point;
  readonly moreOthers: Point;
  readonly moreOfBoth: Point;
  readonly moreJobs: Point;
}

/** Returns the line of one kind through the measured points. */
export function fit(points: Points, valueOf: (counts: Counts) => number): Line {
  const value = (point: Point): number => valueOf(point.counts);
  const { base, moreContainers, moreOthers, moreOfBoth, moreJobs } = points;
  const containers = moreContainers.containers - base.containers;
  const others = moreOthers.others - base.others;
  const ck = (value(moreOfBoth) - value(moreContainers) - value(moreOthers) + value(base)) / (containers * others);
  const c = (value(moreContainers) - value(base)) / containers - ck * base.others;
  const k = (value(moreOthers) - value(base)) / others - ck * base.containers;
  const j = (value(moreJobs) - value(base)) / (moreJobs.jobs - base.jobs);
  const rest = c * base.containers + k * base.others + ck * base.containers * base.others + j * base.jobs;
  return { one: value(base) - rest, c, k, ck, j };
}

/** Returns the mean, for what grows with none of it: what the points differ by is chance. */
export function fitFlat(points: Points, valueOf: (counts: Counts) => number): Line {
  const values = Object.values(points).map(({ counts }: Point) => valueOf(counts));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { one: Math.round(mean), c: 0, k: 0, ck: 0, j: 0 };
}

/** Returns what the line says of a size. */
export function predict({ one, c, k, ck, j }: Line, { containers, others, jobs }: Dimensions): number {
  return one + c * containers + k * others + ck * containers * others + j * jobs;
}

/** Returns the line for people, such as `17 + C + 2 C K`. */
export function formula(line: Line): string {
  const terms = [
    [line.one, ''],
    [line.c, 'C'],
    [line.k, 'K'],
    [line.ck, 'C K'],
    [line.j, 'J'],
  ] as const;
  const shown = terms
    .map(([factor, name]) => [Math.round(factor * 10) / 10, name] as const)
    .filter(([factor]) => factor !== 0);
  if (shown.length === 0) return '0';
  return shown
    .map(([factor, name], index) => {
      const size = Math.abs(factor);
      const sign = index === 0 ? (factor < 0 ? '-' : '') : factor < 0 ? ' - ' : ' + ';
      return `${sign}${name === '' ? size : size === 1 ? name : `${size} ${name}`}`;
    })
    .join('');
}
