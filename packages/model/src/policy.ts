import type { FullHash } from './hash.ts';
import type { Label } from './label.ts';

/** Which hashes are meant: one (`from` equal to `to`), or a range by their order below the candidate label. */
export interface HashRange {
  readonly from: FullHash;
  /** Itself included; null: `from` and everything after it. */
  readonly to: FullHash | null;
}

interface PolicyFacts {
  /** Unique among all that are read together. */
  readonly id: string;
  /** Null: whatever the release. */
  readonly release: string | null;
  /** In the component line: whose label is meant. Absent: whatever the component. */
  readonly component?: string | null;
  readonly owner: string;
  /** Where the reason is worked on; null for what a rollback left. */
  readonly bug: string | null;
  readonly reason: string;
  /** Milliseconds since 1970; it counts before that moment and never from it on. */
  readonly expires: number;
  /** Where it is written, for people: `waivers.yaml:12`, or the promotion that left it. */
  readonly where: string;
}

/** A job that need not have succeeded: for some hashes, for a while. */
export interface Waiver extends PolicyFacts {
  readonly kind: 'waiver';
  /** The exact name of one job. */
  readonly job: string;
  /** Null: every hash, which has to be written as `any`. */
  readonly hashes: HashRange | null;
  /** Null: whatever the label. */
  readonly label: Label | null;
}

/** Hashes that must not be promoted, whatever the votes say. */
export interface Hold extends PolicyFacts {
  readonly kind: 'hold';
  readonly hashes: HashRange;
  /** Null: to no label. */
  readonly label: Label | null;
}

/** A label that moves by hand only: when somebody gives a reason. */
export interface Freeze extends PolicyFacts {
  readonly kind: 'freeze';
  readonly label: Label;
}

/** What people decided beside the criteria. All of it expires by itself. */
export type PolicyEntry = Waiver | Hold | Freeze;

const dayMs = 86_400_000;

/** Returns when an entry ends as its file says it: as a date where it is the end of that day in UTC, else as a time. */
export function formatExpiry(expires: number): string {
  return expires % dayMs === 0 ? new Date(expires - dayMs).toISOString().slice(0, 10) : new Date(expires).toISOString();
}
