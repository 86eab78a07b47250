/** Code units from one to another, both in it. */
export type Range = readonly [from: number, to: number];

/** Ranges in their order, none touching another. */
export type CharSet = readonly Range[];

const last = 0xffff;

/** Returns the set of all that any of the ranges holds. */
export function charSet(ranges: readonly Range[]): CharSet {
  const merged: [number, number][] = [];
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const before = merged.at(-1);
    if (before !== undefined && from <= before[1] + 1) before[1] = Math.max(before[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

/** Returns every code unit that the set has not. */
export function complement(set: CharSet): CharSet {
  const gaps: Range[] = [];
  let next = 0;
  for (const [from, to] of set) {
    if (from > next) gaps.push([next, from - 1]);
    next = to + 1;
  }
  return next > last ? gaps : [...gaps, [next, last]];
}

/** Returns the set with the other case of its ASCII letters. */
export function bothCases(set: CharSet): CharSet {
  const shifted = (first: number, end: number, by: number): readonly Range[] =>
    set.flatMap(([from, to]): readonly Range[] => {
      const [low, high] = [Math.max(from, first), Math.min(to, end)];
      return low <= high ? [[low + by, high + by]] : [];
    });
  return charSet([...set, ...shifted(0x41, 0x5a, 32), ...shifted(0x61, 0x7a, -32)]);
}

export function contains(set: CharSet, unit: number): boolean {
  return set.some(([from, to]) => from <= unit && unit <= to);
}

export const digits: CharSet = [[0x30, 0x39]];

export const wordUnits: CharSet = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];

/** What `\s` is in JavaScript. */
export const spaces: CharSet = charSet([
  [0x09, 0x0d],
  ...[0x20, 0xa0, 0x1680, 0x202f, 0x205f, 0x3000, 0xfeff].map((unit): Range => [unit, unit]),
  [0x2000, 0x200a],
  [0x2028, 0x2029],
]);

/** What `.` is in JavaScript. */
export const anyButBreaks: CharSet = complement(
  charSet([0x0a, 0x0d, 0x2028, 0x2029].map((unit): Range => [unit, unit])),
);
