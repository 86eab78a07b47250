import { withoutEndSlash } from '@tagflow/http';
import { type FullHash, isAggregate, isComponentName, parseBuildHash, ParseError } from '@tagflow/model';
import type { Member } from './pinned.ts';

/** The parts of the immutable directory of a hash. */
export interface RepoUrlParts {
  /** The base of the repository tree, without a slash at the end. */
  readonly reposUrl: string;
  readonly component: string | null;
  /** The label below which an aggregate was written; null for the build of a commit. */
  readonly label: string | null;
}

/**
 * Returns the parts of `<repos>/[component/<name>/]aa/bb/<hash>` or, for an aggregate, `<repos>/<label>/aa/bb/<hash>`.
 * @throws ParseError when the URL is not the directory of this hash.
 */
export function splitRepoUrl(repoUrl: string, hash: FullHash): RepoUrlParts {
  const ending = `/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`;
  const url = withoutEndSlash(repoUrl);
  const above = url.endsWith(ending) ? url.slice(0, -ending.length) : null;
  const aggregate = above === null ? null : /^(https?:\/\/[^/]+(?:\/.*)?)\/([^/]+)$/.exec(above);
  if (above === null || !/^https?:\/\/[^/]/.test(above) || (isAggregate(hash) && aggregate === null)) {
    throw new ParseError(
      `repo-url "${repoUrl}" is not the directory of full-hash ${hash}: it has to end in ` +
        `${isAggregate(hash) ? '/<label>' : ''}${ending}`,
      'Take both from the outputs of one get-repo-hash.',
    );
  }
  if (isAggregate(hash)) return { reposUrl: aggregate?.[1] ?? '', component: null, label: aggregate?.[2] ?? '' };
  const component = /^(.*)\/component\/([^/]+)$/.exec(above);
  return { reposUrl: component?.[1] ?? above, component: component?.[2] ?? null, label: null };
}

/**
 * Returns the build whose directory a `baseurl` is; null when the URL does not end like one. What stands before is the
 * name that the server had when it built, which is not where a mirror or a CDN serves the tree.
 */
export function memberAt(baseurl: string): Member | null {
  const found =
    /\/((?:component\/([^/]+)\/)?([0-9a-f]{2})\/([0-9a-f]{2})\/([0-9a-f]{40}_[0-9a-f]{8}(?:_[0-9a-f]{8}){0,2}))$/.exec(
      baseurl,
    );
  if (found === null) return null;
  const [, path = '', component, first, second, hash = ''] = found;
  if (component !== undefined && !isComponentName(component)) return null;
  if (!hash.startsWith(`${first}${second}`)) return null;
  return { component: component ?? null, fullHash: parseBuildHash(hash, baseurl), path };
}
