/** A package's name and what rpm compares of it. */
export interface Nvr {
  readonly name: string;
  /** 0 where none is written, as rpm takes it. */
  readonly epoch: number;
  readonly version: string;
  readonly release: string;
}

/**
 * Returns the parts of `name-version-release`, or null when it is none. An epoch may stand before the version
 * (`name-1:2.0-1`) or before it all (`1:name-2.0-1`), as rpm's own tools print it.
 */
export function parseNvr(text: string): Nvr | null {
  const found = /^(?:(\d{1,9}):)?([^:]+)-(?:(\d{1,9}):)?([^-:]+)-([^-:]+)$/.exec(text);
  if (found === null) return null;
  const [, before, name = '', epoch, version = '', release = ''] = found;
  return { name, epoch: Number(epoch ?? before ?? 0), version, release };
}

/** Returns below, above or equal to 0 as `one` is older, newer or the same: by epoch, then version, then release. */
export function compareNvr(one: Nvr, other: Nvr): number {
  return (
    Math.sign(one.epoch - other.epoch) ||
    compareRpmVersions(one.version, other.version) ||
    compareRpmVersions(one.release, other.release)
  );
}

/**
 * Returns -1, 0 or 1 as rpm orders two versions, or two releases (rpm-version(7), «Version comparison»): runs of digits as
 * numbers, runs of letters as texts, a number above letters, everything else only separates. `~` sorts below the end of
 * the text, `^` above the end and below everything else.
 */
export function compareRpmVersions(one: string, other: string): -1 | 0 | 1 {
  const [left, right] = [segmentsOf(one), segmentsOf(other)];
  for (let index = 0; ; index += 1) {
    const [a, b] = [left[index], right[index]];
    if (a === undefined && b === undefined) return 0;
    const order = rankOf(a) - rankOf(b) || compareSegments(a ?? '', b ?? '');
    if (order !== 0) return order < 0 ? -1 : 1;
  }
}

/** Letters and digits are ASCII to rpm; whatever else stands there only separates. */
function segmentsOf(text: string): readonly string[] {
  return text.match(/\d+|[A-Za-z]+|[~^]/g) ?? [];
}

function rankOf(segment: string | undefined): number {
  if (segment === undefined) return 1;
  if (segment === '~') return 0;
  if (segment === '^') return 2;
  return /^\d/.test(segment) ? 4 : 3;
}

function compareSegments(one: string, other: string): number {
  if (!/^\d/.test(one)) return one < other ? -1 : one > other ? 1 : 0;
  // By length, and not as numbers: a date with a time and a commit's digits does not fit one.
  const [a, b] = [one.replace(/^0+/, ''), other.replace(/^0+/, '')];
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
