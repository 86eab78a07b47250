import { inc, major, minor } from 'semver';

/** How much a release changes for those who use it, as changesets say it; `none` is no release. */
export type Level = 'none' | 'patch' | 'minor' | 'major';

const order: readonly Level[] = ['none', 'patch', 'minor', 'major'];

/** Returns the highest of some levels, `none` when there are none. */
export function highest(levels: readonly Level[]): Level {
  return levels.reduce((a, b) => (isAtLeast(a, b) ? a : b), 'none');
}

/** Returns whether `a` is `b` or more. */
export function isAtLeast(a: Level, b: Level): boolean {
  return order.indexOf(a) >= order.indexOf(b);
}

/**
 * Returns what a changeset has to say for a change, after this version: before 1.0.0 a break is a minor release, as
 * https://semver.org (item 4) leaves free and npm's caret ranges take it.
 */
export function levelAfter(version: string, level: Level): Level {
  return major(version) === 0 && level === 'major' ? 'minor' : level;
}

/** Returns the version after this one. */
export function nextVersion(version: string, level: Exclude<Level, 'none'>): string {
  const next = inc(version, level);
  if (next === null) throw new Error(`"${version}" is not a version such as 1.2.3`);
  return next;
}

/** Returns the tag of a version, which never moves. */
export function versionTag(unit: string, version: string): string {
  return `${unit}-v${version}`;
}

/**
 * Returns the tag that moves along with the releases that break nothing: `x-v1` for 1.2.3. Before 1.0.0 a minor release
 * may break, so it is `x-v0.3` for 0.3.1.
 */
export function movingTag(unit: string, version: string): string {
  const line = major(version) === 0 ? `0.${String(minor(version))}` : String(major(version));
  return `${unit}-v${line}`;
}
