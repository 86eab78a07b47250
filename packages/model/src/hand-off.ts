import { canonicalJson } from './canonical.ts';
import type { Criteria } from './criteria.ts';
import type { Digest } from './digest.ts';
import type { CommitBuild, FullHash } from './hash.ts';
import type { Label } from './label.ts';
import type { PromotionMode } from './plan.ts';
import type { PolicyEntry } from './policy.ts';
import type { ImageEntry, Visibility } from './set.ts';
import type { Verdict } from './verdict.ts';
import type { Vote } from './vote.ts';

export const handOffSchema = 'tagflow/hand-off/v2';

/** A file of the repository, as it was when the set was handed off. */
export interface PinnedFile {
  readonly url: string;
  /** 64 lower-case hex digits. */
  readonly sha256: string;
}

/** A `versions.csv`; an aggregate without one of its own has one for each component. */
export interface PinnedVersions extends PinnedFile {
  /** Null: of the whole repository. */
  readonly component: string | null;
  /** Packages. */
  readonly rows: number;
  /** The name that it is delivered under. */
  readonly file: string;
}

/** How a label came to the set. What the source does not know is null. */
export interface HandedPromotion {
  /** Who told it: the promotion's statement, our ledger, or DLRN, which knows little. */
  readonly source: 'statement' | 'ledger' | 'dlrn';
  /** In the ledger that recorded it. */
  readonly id: string | null;
  readonly mode: PromotionMode | null;
  /** Grows with every move of the label. */
  readonly version: number | null;
  /** ISO 8601, UTC. */
  readonly promotedAt: string | null;
  readonly actor: string | null;
  readonly reason: string | null;
  /** `sha256:` of the plan file. */
  readonly planDigest: string | null;
  /** `sha256:` of the statement, which is delivered as `statement.json`. */
  readonly statementDigest: string | null;
}

/**
 * What is delivered to the next owner: a promoted set with everything pinned. Its canonical JSON is the same for the same
 * facts, so that its digest names the delivery. A fact that nobody knows is null; `actions/hand-off/manifest.schema.json`
 * is its JSON Schema.
 */
export interface HandOffManifest {
  readonly release: string;
  readonly distro: string | null;
  /** What named the set when it was handed off; null where only a hash was given. */
  readonly label: Label | null;
  readonly component: string | null;
  readonly fullHash: FullHash;
  readonly repository: {
    /** The immutable directory. */
    readonly url: string | null;
    /** With the whole hashes (40 hex digits). */
    readonly builds: readonly CommitBuild[];
    readonly deloreanRepo: PinnedFile | null;
    readonly versions: readonly PinnedVersions[];
  };
  /** What the receiver may see: `public` leaves out what is internal. */
  readonly visibility: Visibility;
  /** Sorted by name; `references` are what can be pulled, `host/namespace/name@sha256:…`, in registries of the label. */
  readonly containers: readonly {
    readonly name: string;
    readonly digest: Digest;
    readonly references: readonly string[];
  }[];
  /** Sorted by name; `urls` are in the hash directories of the stores that hold it. */
  readonly images: readonly (ImageEntry & { readonly urls: readonly string[] })[];
  readonly promotion: HandedPromotion | null;
  readonly verdict: Pick<Verdict, 'answer' | 'reasons' | 'criteriaDigest'> | null;
  readonly criteria: Criteria | null;
  /** What the verdict rests on; where nobody remembers the verdict, the votes that DLRN has. */
  readonly votes: readonly Vote[] | null;
  /** Those that the verdict used. */
  readonly waivers: readonly PolicyEntry[] | null;
  /** The other files of the delivery, by name. 64 lower-case hex digits. */
  readonly sha256: Readonly<Record<string, string>>;
}

/** Returns the canonical text of `manifest.json`. */
export function formatHandOff(manifest: HandOffManifest): string {
  return `${canonicalJson({ schema: handOffSchema, ...manifest })}\n`;
}

/** What a receiver said of a delivery. */
export interface Acknowledgement {
  /** Milliseconds since 1970: when it was heard. */
  readonly at: number;
  /** As it was said: mostly JSON; empty where a web hook took it without a word. */
  readonly text: string;
}

/** A delivery that was made. */
export interface HandOff {
  /** `sha256:` of the manifest. */
  readonly digest: string;
  readonly release: string;
  readonly label: Label | null;
  readonly fullHash: FullHash;
  /** A URL without anything secret. */
  readonly destination: string;
  /** Milliseconds since 1970. */
  readonly deliveredAt: number;
  /** See {@link HandedPromotion.id}. */
  readonly promotionId: string | null;
  /** The text of `manifest.json`. */
  readonly manifest: string;
  /** Null while the receiver has said nothing. */
  readonly acknowledgement: Acknowledgement | null;
}

/** Which deliveries are wanted: those that all given members hold of. */
export interface HandOffQuery {
  readonly release: string;
  readonly fullHash?: FullHash;
  readonly destination?: string;
  /** Milliseconds since 1970: made at that moment or before. */
  readonly asOf?: number;
}
