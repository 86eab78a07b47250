import { type BuildHash, type CommitBuild, type FullHash, hashDirectory } from '@tagflow/model';

/** One build that a hash consists of: what its directory is called tells all but the 40-digit hashes. */
export interface Member {
  readonly component: string | null;
  readonly fullHash: BuildHash;
  /** Its immutable directory below the repository's base. */
  readonly path: string;
}

/** Returns a build of a component, or of a repository without any. */
export function memberOf(fullHash: BuildHash, component: string | null): Member {
  return { component, fullHash, path: hashDirectory(fullHash, component) };
}

/** A hash, pinned: nothing here depends on where a label points afterwards. */
export interface PinnedHash {
  readonly fullHash: FullHash;
  readonly kind: 'commit' | 'aggregate';
  /** The immutable directory, without a slash at the end. */
  readonly repoUrl: string;
  /** The component that was asked about; null for a whole repository. */
  readonly component: string | null;
  /** The one build of a commit; the builds of all components of an aggregate, in the order of its file. */
  readonly members: readonly Member[];
  /** Known at once for a commit; for an aggregate null, since it costs a request for each member. */
  readonly build: CommitBuild | null;
  /** When the build of a commit was built, in whole seconds since 1970; null where nobody says, and for an aggregate. */
  readonly builtAt: number | null;
  /** The file that was read to find the hash. */
  readonly sourceUrl: string;
}

/** A pinned hash with the whole hashes of its builds, in the order of its members, as DLRN's API wants them. */
export interface ResolvedHash extends PinnedHash {
  readonly builds: readonly CommitBuild[];
}
