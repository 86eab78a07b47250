import type { Label } from '@tagflow/model';

export type FindingKind =
  /** The repository's label names something else than the last promotion of it that was done. */
  | 'moved-by-somebody'
  /** A label, tag or link is at an older set than it was, and no rollback is recorded. */
  | 'backwards'
  /** Some pointers of a destination name another set than the rest. */
  | 'half-moved'
  /** Every pointer of a destination names another set than the repository's label. */
  | 'other-set'
  /** A container's tag or manifest is absent, or not the one of the set. */
  | 'missing-container'
  /** A link of the label, or an image, is absent, or not the one of the set. */
  | 'missing-image'
  /** A link leads to a directory that is not there, or in which nothing is published. */
  | 'dangling-link'
  /** What is published of a hash lacks a kind, or is not published in every destination. */
  | 'under-construction'
  /** No destination says what belongs to a hash. */
  | 'no-set'
  /** Two destinations say different things of one hash. */
  | 'contradicting-sets'
  /** A promotion in the ledger that nobody has ended. */
  | 'interrupted'
  /** The repository holds its own label only in part. */
  | 'half-in-repository'
  /** A destination could not be read. */
  | 'unreadable'
  /** An optional destination has not followed yet. */
  | 'follower-owes';

/**
 * `error`: readers of the label get a mix, or nothing; `warning`: they get a whole set, and somebody has to look;
 * `wait`: it ends by itself, or nobody can say yet; `note`: nothing is asked of anybody.
 */
export type Severity = 'error' | 'warning' | 'wait' | 'note';

/**
 * Who mends it: a `repair` plan; `resume` of what was interrupted; a `rollback`, where what the label names is gone;
 * the next `promotion`; a `person` who has to look; or `nobody`, since it passes.
 */
export type Remedy = 'repair' | 'resume' | 'rollback' | 'promotion' | 'person' | 'nobody';

/** One thing that is not as it should be. */
export interface Finding {
  readonly kind: FindingKind;
  /** The label, or its `previous-<label>`. */
  readonly label: Label;
  /** Null where it is not of one destination. */
  readonly destination: string | null;
  /** The tags or links that are meant; empty where it is not about pointers. */
  readonly pointers: readonly string[];
  readonly seen: string;
  readonly expected: string;
  /** Who says what was expected: the repository's label, `set.json`, or a promotion of the ledger. */
  readonly source: string;
  /** All of it for people, without its full stop. */
  readonly sentence: string;
  readonly severity: Severity;
  readonly remedy: Remedy;
  /** What to do, as a sentence. */
  readonly todo: string;
}
