import type { ArtifactSet, Digest, Effects, FullHash, Label } from '@tagflow/model';
import type { Arch } from '../choose/arches.ts';
import type { Asked } from '../choose/which-containers.ts';
import type { ManifestStore } from '../manifest-store.ts';
import type { SourcePlace } from '../place.ts';
import type { Target } from '../stage-all.ts';
import type { Requester } from '@tagflow/http';

/** The containers of a hash, where they are, and where they are to be. */
export interface PushJob {
  readonly asked: Asked;
  readonly release: string;
  readonly source: SourcePlace;
  /** The part of the source's repositories before the containers' names; empty where there is none. */
  readonly namespacePath: string;
  readonly targets: readonly PushTarget[];
  /** More tags, set when the containers are everywhere. */
  readonly tags: readonly Label[];
  /** The primary one first; null: whatever the source's tag names. */
  readonly arches: readonly [Arch, ...Arch[]] | null;
  /** Requests at a time. */
  readonly concurrency: number;
  readonly manifests: ManifestStore;
  readonly requester: Requester;
  /** Write nothing. */
  readonly dryRun: boolean;
}

export interface PushTarget extends Target {
  /** Makes the repositories of these names, where they are missing; absent where a push makes them. */
  readonly createRepositories?: (repositories: readonly string[]) => Promise<void>;
}

export type PushEffects = Pick<Effects, 'clock' | 'log' | 'progress' | 'signal'>;

/** What came of it in one destination. */
export interface DestinationReport {
  /** Such as `quay.io/tripleomaster`. */
  readonly place: string;
  readonly isOptional: boolean;
  /** Names of containers that were copied, or would be. */
  readonly copied: readonly string[];
  /** Names of those that were there. */
  readonly present: readonly string[];
  /** Tags that were written besides that of the hash, or would be. */
  readonly tagged: number;
  /** Signatures and attestations that were copied; a dry run does not look for them. */
  readonly signatures: number;
  /** Whether the set was published, or would be. */
  readonly hasPublished: boolean;
  readonly bytesMoved: number;
  readonly bytesSaved: number;
  /** What it is owed, a sentence; null: nothing. */
  readonly debt: string | null;
  /** In a dry run each write that would be made, such as `PUT quay.io/ns/name:tag → sha256:…`. */
  readonly writes: readonly string[];
}

/** What came of a {@link PushJob}. */
export interface PushReport {
  readonly fullHash: FullHash;
  readonly source: string;
  readonly containers: readonly { readonly name: string; readonly digest: Digest; readonly why: string }[];
  readonly excluded: readonly { readonly name: string; readonly why: string }[];
  /** Names that the source lacks. Nothing was written then. */
  readonly missing: readonly string[];
  readonly warnings: readonly string[];
  readonly destinations: readonly DestinationReport[];
  /** Null where containers are missing. */
  readonly set: ArtifactSet | null;
}
