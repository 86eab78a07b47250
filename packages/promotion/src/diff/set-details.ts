import type {
  ContainerEntry,
  Criteria,
  Digest,
  FullHash,
  ImageEntry,
  Label,
  PolicyEntry,
  PromotionMode,
  Verdict,
} from '@tagflow/model';

/** One package of a repository, as its `versions.csv` has it; null is what it does not say. */
export interface PackageEntry {
  readonly project: string;
  readonly component: string | null;
  /** Such as `openstack-heat-21.0.0-0.20260102.4d37e51.el9`; null where it was never built. */
  readonly nvr: string | null;
  readonly sourceRepo: string | null;
  readonly sourceSha: string | null;
  readonly distRepo: string | null;
  readonly distSha: string | null;
  /** Of what was built last, such as `SUCCESS`. */
  readonly status: string | null;
}

/** A build that a repository consists of. */
export interface MemberEntry {
  /** Null for a repository without components. */
  readonly component: string | null;
  readonly fullHash: FullHash;
}

export interface Layer {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** The layers of a container for one platform, each digest once. */
export interface PlatformLayers {
  /** Such as `linux/arm64`; null for a container that is of one platform. */
  readonly platform: string | null;
  readonly layers: readonly Layer[];
}

export interface ContainerDetails extends ContainerEntry {
  /** Null where nobody asked, or no registry has the manifest. */
  readonly platforms: readonly PlatformLayers[] | null;
}

/** The promotion by which a label came to a set. */
export interface PromotionFacts {
  /** In the ledger; null for a plan that is a file. */
  readonly id: string | null;
  readonly mode: PromotionMode;
  readonly label: Label;
  readonly fromHash: FullHash | null;
  readonly version: number;
  readonly actor: string;
  readonly reason: string | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly answer: Verdict['answer'];
  readonly criteria: Criteria;
  /** Those that the verdict used. */
  readonly waivers: readonly PolicyEntry[];
}

/** Everything that can be found out about a set. What nobody could say is null, and a note says why. */
export interface SetDetails {
  /** What was asked for, such as `current-tripleo@2026-01-31`. */
  readonly name: string;
  readonly fullHash: FullHash;
  readonly release: string;
  /** The immutable directory of the hash. */
  readonly repoUrl: string | null;
  readonly members: readonly MemberEntry[] | null;
  readonly packages: readonly PackageEntry[] | null;
  readonly containers: readonly ContainerDetails[] | null;
  readonly images: readonly ImageEntry[] | null;
  readonly promotion: PromotionFacts | null;
  /** Sentences about what is not known. */
  readonly notes: readonly string[];
}
