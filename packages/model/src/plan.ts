import type { Criteria } from './criteria.ts';
import type { FullHash } from './hash.ts';
import type { Label } from './label.ts';
import type { PolicyEntry } from './policy.ts';
import type { ArtifactSet } from './set.ts';
import type { Verdict } from './verdict.ts';

/** The three kinds of things that a label names. */
export type Kind = 'repository' | 'containers' | 'images';

/** `repair` brings containers and images to what the repository's label names, and moves no label. */
export type PromotionMode = 'promote' | 'pin' | 'rollback' | 'repair';

/**
 * One tiny metadata write: a pointer of a destination (a tag, a link, a DLRN label) goes from one value to another.
 * Values are what the destination's {@link Destination.observe} gives: a container's digest, a full hash.
 */
export interface Move {
  readonly destination: string;
  readonly kind: Kind;
  readonly label: Label;
  readonly pointer: string;
  /** The precondition: what the pointer says now; null when it does not exist. */
  readonly from: string | null;
  readonly to: string;
}

/** A whole promotion, decided and not yet done. Its canonical JSON is what a person reviews and a machine applies. */
export interface Plan {
  readonly mode: PromotionMode;
  readonly release: string;
  /** Whose own labels move, in the component line; null for the whole repository. */
  readonly component: string | null;
  readonly label: Label;
  readonly candidateLabel: Label | null;
  readonly fromHash: FullHash | null;
  readonly toHash: FullHash;
  readonly set: ArtifactSet;
  /** The set that the label leaves; null for a label that does not exist yet, or whose set nobody recorded. */
  readonly fromSet: ArtifactSet | null;
  /** In the order of writing; the repository's label is the last: it is the commit point. */
  readonly moves: readonly Move[];
  /** Those of the moves that cannot be taken back: pointers that do not exist yet where nothing can be removed. */
  readonly irreversible: readonly { readonly destination: string; readonly pointer: string }[];
  /** Sentences about what cannot be undone, or is left behind. */
  readonly notes: readonly string[];
  readonly verdict: Verdict;
  readonly criteria: Criteria;
  /** The waivers that the verdict used, as they were written. */
  readonly waivers: readonly PolicyEntry[];
  /** Grows with every move of the label, a rollback's too, so that whoever kept an older state can tell. */
  readonly version: number;
  /** `sha256:` of the waivers, holds and freezes that were read. */
  readonly policyDigest: string;
  /** `sha256:` of the configuration that was read. */
  readonly configDigest: string;
  readonly reason: string | null;
  readonly actor: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}
