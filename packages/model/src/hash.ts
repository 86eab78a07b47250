import { ParseError } from './error.ts';

declare const brand: unique symbol;

/** The 40 digits of a commit of a package's source. */
export type CommitHash = string & { readonly [brand]: 'commit' };

/** The 40 digits of a commit of a package's packaging (its distgit). */
export type DistroHash = string & { readonly [brand]: 'distro' };

/** One or two times 40 digits, joined by `_`: what else a downstream build was made of. */
export type ExtendedHash = string & { readonly [brand]: 'extended' };

/** The name of one build of a package: `<commit 40>_<distro 8>[_<extended 8>[_<extended 8>]]`. */
export type BuildHash = string & { readonly [brand]: 'build' };

/** The name of an aggregate of components: the md5 of its `delorean.repo`, 32 digits. */
export type AggregateHash = string & { readonly [brand]: 'aggregate' };

/** The name of one build of the repository, of either kind. It is what directories and container tags are named. */
export type FullHash = BuildHash | AggregateHash;

/** One package build, as DLRN's API wants it: whole hashes only, short ones are refused there. */
export interface CommitBuild {
  readonly commitHash: CommitHash;
  readonly distroHash: DistroHash;
  readonly extendedHash: ExtendedHash | null;
  readonly component: string | null;
}

const buildHash = /^[0-9a-f]{40}_[0-9a-f]{8}(?:_[0-9a-f]{8}){0,2}$/;
const aggregateHash = /^[0-9a-f]{32}$/;
const sha1 = /^[0-9a-f]{40}$/;
const componentName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const extended = /^[0-9a-f]{40}(?:_[0-9a-f]{40})?$/;

/**
 * Returns the text as a full hash.
 * @throws ParseError that says which of the two forms was nearly met.
 */
export function parseFullHash(text: string): FullHash {
  if (!isFullHash(text)) {
    throw new ParseError(
      `full-hash "${text}" is not a hash: expected <40 hex>_<8 hex> (with one or two further _<8 hex>), ` +
        `or the 32 hex digits of an aggregate, all lower case`,
      'Take it from the full-hash output of get-repo-hash.',
    );
  }
  return text;
}

/** Tells whether a text is exactly a full hash. */
export function isFullHash(text: string): text is FullHash {
  return buildHash.test(text) || aggregateHash.test(text);
}

/** Tells whether the hash names an aggregate of components. */
export function isAggregate(hash: FullHash): hash is AggregateHash {
  return aggregateHash.test(hash);
}

/**
 * Returns the text as the hash of one build of a package.
 * @param where whose it is, for the message
 * @throws ParseError for anything else, a shortened hash too
 */
export function parseBuildHash(text: string, where: string): BuildHash {
  if (buildHash.test(text)) return text as BuildHash;
  throw new ParseError(
    `${where} is ${JSON.stringify(text.slice(0, 120))}, expected <40 hex>_<8 hex> (with one or two further _<8 hex>)`,
  );
}

/**
 * Returns the text as the hash of an aggregate.
 * @param where whose it is, for the message
 * @throws ParseError unless it is 32 lower-case hex digits
 */
export function parseAggregateHash(text: string, where: string): AggregateHash {
  if (aggregateHash.test(text)) return text as AggregateHash;
  throw new ParseError(`${where} is ${JSON.stringify(text.slice(0, 80))}, expected the 32 hex digits of an md5`);
}

/** Tells whether a text can be the name of a component, which becomes part of paths and URLs. */
export function isComponentName(text: string): boolean {
  return componentName.test(text);
}

/**
 * Returns a commit build from the fields of a `commit.yaml` or an API answer. DLRN writes an absent extended hash or
 * component as null, as an empty text or as the word `None`; all three are null here.
 * @throws ParseError when a hash does not have its full length, or a component is no name.
 */
export function parseCommitBuild(fields: {
  readonly commit_hash?: unknown;
  readonly distro_hash?: unknown;
  readonly extended_hash?: unknown;
  readonly component?: unknown;
}): CommitBuild {
  const commitHash = presentText(fields.commit_hash);
  const distroHash = presentText(fields.distro_hash);
  const extendedHash = presentText(fields.extended_hash);
  if (commitHash === null || !sha1.test(commitHash)) {
    throw new ParseError(`commit_hash ${JSON.stringify(fields.commit_hash)} is not 40 lower-case hex digits`);
  }
  if (distroHash === null || !sha1.test(distroHash)) {
    throw new ParseError(`distro_hash ${JSON.stringify(fields.distro_hash)} is not 40 lower-case hex digits`);
  }
  if (extendedHash !== null && !extended.test(extendedHash)) {
    throw new ParseError(
      `extended_hash ${JSON.stringify(fields.extended_hash)} is neither 40 hex digits nor two such joined by "_"`,
    );
  }
  const component = presentText(fields.component);
  if (component !== null && !isComponentName(component)) {
    throw new ParseError(
      `component ${JSON.stringify(component.slice(0, 80))} is not a name: letters, digits, ".", "_" and "-", such as tripleo`,
    );
  }
  return {
    commitHash: commitHash as CommitHash,
    distroHash: distroHash as DistroHash,
    extendedHash: extendedHash as ExtendedHash | null,
    component,
  };
}

/** Returns a field as DLRN writes it; absent is null, an empty text or the word `None`, all of which are null here. */
export function presentText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value !== 'None' ? value : null;
}

/**
 * Returns the full hash of one package build. DLRN names the directory after 8 digits of the distro hash and, where
 * there is an extended hash, 8 digits of each of its parts (seen in DLRN 0.26.1's `getshardedcommitdir`).
 */
export function fullHashOfCommit(build: CommitBuild): BuildHash {
  const parts = [build.commitHash, build.distroHash.slice(0, 8)];
  for (const part of build.extendedHash?.split('_') ?? []) parts.push(part.slice(0, 8));
  return parts.join('_') as BuildHash;
}

/**
 * Returns the directory of a build below a repository's base URL: `aa/bb/<full hash>`, and for a component
 * `component/<name>/aa/bb/<full hash>`. An aggregate lives below a label: join the two.
 */
export function hashDirectory(hash: FullHash, component: string | null = null): string {
  const shard = `${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`;
  return component === null ? shard : `component/${component}/${shard}`;
}
