import { canonicalJson, type ImageEntry, isSameImage } from '@tagflow/model';
import { type ContainerChanges, diffContainers } from './containers.ts';
import { type CriteriaChange, diffCriteria, isSameCriteria } from './criteria.ts';
import { type Changes, diffKeyed, type FromTo, isUnchanged } from './keyed.ts';
import { diffPackages, type PackageChange } from './packages.ts';
import type { MemberEntry, PackageEntry, SetDetails } from './set-details.ts';

/** Which set is meant. */
export type SetName = Pick<SetDetails, 'name' | 'fullHash' | 'release' | 'repoUrl'>;

export interface ImageChange extends FromTo<ImageEntry> {
  readonly name: string;
  /** Bytes: above 0 where it grew. */
  readonly growth: number;
}

/** What differs between two sets, by the names of things. What is null could not be compared, and a note says why. */
export interface SetDiff {
  readonly from: SetName;
  readonly to: SetName;
  /** The builds that the repositories consist of, by component. */
  readonly members: Changes<MemberEntry, FromTo<MemberEntry>> | null;
  readonly packages: Changes<PackageEntry, PackageChange> | null;
  readonly containers: ContainerChanges | null;
  readonly images: Changes<ImageEntry, ImageChange> | null;
  readonly criteria: CriteriaChange | null;
  /** Sorted, each once. */
  readonly notes: readonly string[];
}

/** Returns what differs between two sets: what became of `from` to make it `to`. */
export function diffSets(from: SetDetails, to: SetDetails): SetDiff {
  return {
    from: nameOf(from),
    to: nameOf(to),
    members: ifBoth(from.members, to.members, (a, b) =>
      diffKeyed(
        a,
        b,
        ({ component }) => component ?? '',
        (one, other) => one.fullHash === other.fullHash,
        (one, other) => ({ from: one, to: other }),
      ),
    ),
    packages: ifBoth(from.packages, to.packages, diffPackages),
    containers: ifBoth(from.containers, to.containers, diffContainers),
    images: ifBoth(from.images, to.images, diffImages),
    criteria: ifBoth(from.promotion, to.promotion, diffCriteria),
    notes: [...new Set([...from.notes, ...to.notes])].sort(),
  };
}

/** Tells whether nothing that is known differs. */
export function isSameSet({ from, to, members, packages, containers, images, criteria }: SetDiff): boolean {
  const lists: readonly (Changes<unknown, unknown> | null)[] = [members, packages, containers, images];
  return (
    from.fullHash === to.fullHash &&
    lists.every((list) => list === null || isUnchanged(list)) &&
    (criteria === null || isSameCriteria(criteria))
  );
}

/** Returns the difference as JSON: the same bytes for the same difference. */
export function formatDiffJson(diff: SetDiff): string {
  return `${canonicalJson({ schema: 'tagflow/diff/v1', differs: !isSameSet(diff), ...diff })}\n`;
}

function diffImages(from: readonly ImageEntry[], to: readonly ImageEntry[]): Changes<ImageEntry, ImageChange> {
  return diffKeyed(
    from,
    to,
    ({ name }) => name,
    isSameImage,
    (one, other) => ({ name: one.name, from: one, to: other, growth: other.size - one.size }),
  );
}

function nameOf({ name, fullHash, release, repoUrl }: SetDetails): SetName {
  return { name, fullHash, release, repoUrl };
}

function ifBoth<Value, Result>(
  from: Value | null,
  to: Value | null,
  compare: (from: Value, to: Value) => Result,
): Result | null {
  return from === null || to === null ? null : compare(from, to);
}
