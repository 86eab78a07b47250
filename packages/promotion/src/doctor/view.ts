import type { ArtifactSet, FullHash, Label, Move, Pointer, PromotionRecord } from '@tagflow/model';
import type { Debt } from '../followers/debt.ts';

/** One required destination, as it was found for one label. */
export interface PlaceView {
  readonly name: string;
  readonly kind: 'containers' | 'images';
  /** Where every pointer of the label is, and where it belongs. */
  readonly positions: readonly Move[];
  /** What this place says of the hash; null where it says nothing. */
  readonly own: ArtifactSet | null;
  /** What is missing or wrong of the set here, a sentence each. */
  readonly problems: readonly string[];
  /** What links name here and of which nothing is published here. */
  readonly gone: readonly string[];
  /** What the pointers would be of other sets that are known. */
  readonly others: readonly { readonly hash: FullHash; readonly pointers: readonly Pointer[] }[];
  /** Where missing bytes could be taken from: other destinations, by name. */
  readonly sources: readonly string[];
}

/** A destination of which nothing is known, and why. */
export interface Unread {
  readonly name: string;
  readonly why: string;
}

/** What was found of one label, or of its `previous-<label>`. */
export interface NameView {
  readonly label: Label;
  /** What the repository's label names; null where it does not exist. */
  readonly hash: FullHash | null;
  /** What belongs to the hash; null where nobody knows. */
  readonly set: ArtifactSet | null;
  /** Who says so: the destinations, or a promotion of the ledger by its id, where no destination does. */
  readonly setFrom: 'set.json' | { readonly promotion: string } | null;
  readonly places: readonly PlaceView[];
  readonly unread: readonly Unread[];
  /** The move that would end what the repository holds of the label only in part. */
  readonly unfinished: readonly Move[];
}

/** Everything that a diagnosis depends on. */
export interface LabelView {
  readonly release: string;
  readonly component: string | null;
  readonly label: Label;
  readonly repository: string;
  /** The label, and where it has one and other kinds move with it, its `previous-<label>`. */
  readonly names: readonly NameView[];
  /** The repository and the ledger, as far as they were not read. */
  readonly unread: readonly Unread[];
  /** The kinds that move with the repository's label. */
  readonly kinds: readonly PlaceView['kind'][];
  /** The last promotion of the label that was done; null where the ledger knows none. */
  readonly last: PromotionRecord | null;
  /** Promotions that nobody has ended, oldest first. */
  readonly open: readonly PromotionRecord[];
  /** Whether one of them was heard of so lately that it may still run. */
  readonly isUnderWay: boolean;
  /** What the label has named, newest first. */
  readonly history: readonly FullHash[];
  /** Whether the label names something older than the last promotion gave it; null where nobody can say. */
  readonly wentBack: boolean | null;
  /** The newest earlier set that is whole everywhere, looked for where what the label names is gone; else null. */
  readonly lastWhole: FullHash | null;
  /** What followers owe. */
  readonly debts: readonly Debt[];
}
