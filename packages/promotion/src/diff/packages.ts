import { canonicalJson } from '@tagflow/model';
import { type Changes, diffKeyed, type FromTo } from './keyed.ts';
import { compareNvr, parseNvr } from './rpm-version.ts';
import type { PackageEntry } from './set-details.ts';

/**
 * `up`, `down`: another source, and rpm takes its package for newer or older. `rebuilt`: the same source, packaged or
 * built anew. `other`: whatever else differs, such as a source whose package nobody could build.
 */
export type PackageChangeKind = 'up' | 'down' | 'rebuilt' | 'other';

export interface PackageChange extends FromTo<PackageEntry> {
  readonly project: string;
  readonly kind: PackageChangeKind;
}

/** Returns what became of the packages, by project. */
export function diffPackages(
  from: readonly PackageEntry[],
  to: readonly PackageEntry[],
): Changes<PackageEntry, PackageChange> {
  return diffKeyed(
    from,
    to,
    ({ project }) => project,
    (one, other) => canonicalJson(one) === canonicalJson(other),
    (one, other) => ({ project: one.project, kind: kindOf(one, other), from: one, to: other }),
  );
}

function kindOf(from: PackageEntry, to: PackageEntry): PackageChangeKind {
  const isSameSource = from.sourceSha !== null && from.sourceSha === to.sourceSha;
  if (isSameSource) return from.distSha !== to.distSha || from.nvr !== to.nvr ? 'rebuilt' : 'other';
  const [before, after] = [parseNvr(from.nvr ?? ''), parseNvr(to.nvr ?? '')];
  const order = before === null || after === null ? 0 : compareNvr(after, before);
  return order > 0 ? 'up' : order < 0 ? 'down' : 'other';
}

/**
 * Returns the packages with each project once, sorted. Of those that are listed twice it is the newer package that a
 * machine would install.
 */
export function mergePackages(packages: readonly PackageEntry[]): readonly PackageEntry[] {
  const kept = new Map<string, PackageEntry>();
  for (const entry of packages) {
    const known = kept.get(entry.project);
    if (known === undefined || isNewer(entry, known)) kept.set(entry.project, entry);
  }
  return [...kept.values()].sort((a, b) => (a.project < b.project ? -1 : 1));
}

function isNewer(one: PackageEntry, other: PackageEntry): boolean {
  const [a, b] = [parseNvr(one.nvr ?? ''), parseNvr(other.nvr ?? '')];
  return a !== null && (b === null || compareNvr(a, b) > 0);
}
