import type { NewChangeset } from '@changesets/types';
import type { Definition } from './definition.ts';
import type { ReleaseRecord } from './record.ts';

/** What has versions of its own: an action, or the pipelines. */
export interface Unit {
  /** Its tags begin with it: `get-repo-hash`, `pipelines`. */
  readonly name: string;
  /** Relative to the root. */
  readonly folder: string;
  /** The last released one; 0.0.0 when there is none. */
  readonly version: string;
  /** What was released last; null when nothing was. */
  readonly released: ReleaseRecord | null;
  readonly definition: Definition;
  readonly files: Readonly<Record<string, string>>;
  /** Libraries; for the pipelines the names of the actions that they use, without versions. */
  readonly parts: readonly string[];
}

export interface PlanRequest {
  /** In which the pipelines, if any, are last. */
  readonly units: readonly Unit[];
  /** Names of our packages, such as `oci`, which changesets may name too. */
  readonly packages: readonly string[];
  readonly changesets: readonly NewChangeset[];
  /** Returns `subject (commit)` of each commit since the last release of a unit that touched one of the files. */
  readonly commitsOf: (unit: Unit, files: readonly string[]) => readonly string[];
}

/** The unit whose parts are actions. */
export const pipelines = 'pipelines';

/** The name that changesets have for a unit or a package. */
export function changesetName(name: string): string {
  return `@tagflow/${name}`;
}
