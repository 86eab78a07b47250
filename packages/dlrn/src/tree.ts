import { createHash } from 'node:crypto';
import { type Api, HttpError, redactUrl } from '@tagflow/http';
import {
  type AggregateHash,
  type CommitBuild,
  type Effects,
  type FullHash,
  fullHashOfCommit,
  hashDirectory,
  isAggregate,
  type Label,
  parseAggregateHash,
} from '@tagflow/model';
import { excerptOf, refuseHtml } from './answer.ts';
import { parseBaseUrl } from './base-url.ts';
import { parseCommitYaml } from './commit-yaml.ts';
import { parseDeloreanRepo } from './delorean-repo.ts';
import { DlrnError, unreachable } from './error.ts';
import type { LabelPlace } from './label-place.ts';
import { type Member, memberOf, type PinnedHash, type ResolvedHash } from './pinned.ts';
import { memberAt } from './repo-url.ts';

/** DLRN's files, read over HTTP. */
export interface RepositoryTree {
  /** Without a slash at the end. */
  readonly reposUrl: string;
  /**
   * Returns what a label names now. At most two requests: one for a commit, two for an aggregate, whose file is read
   * from its own directory (never by the label, which may move in between) and hashed again. A label that is not there
   * is asked for again for some seconds.
   * @throws DlrnError `nothing-there`, or `not-found` when there is no repository at all.
   */
  pinLabel(label: Label, place?: LabelPlace): Promise<PinnedHash>;
  /**
   * Returns a known hash, pinned, or null when its directory is not there.
   * @param options `component`: where the build of a commit is; `labels`: below which labels to look for an aggregate
   */
  pinHash(hash: FullHash, options?: LabelPlace & { readonly labels?: readonly string[] }): Promise<PinnedHash | null>;
  /** Reads the `commit.yaml` of every member of an aggregate, each of which has to be of just that build. */
  resolveBuilds(pinned: PinnedHash): Promise<ResolvedHash>;
  /** {@link RepositoryTree.pinLabel} and {@link RepositoryTree.resolveBuilds} in one. */
  resolveLabel(label: Label, place?: LabelPlace): Promise<ResolvedHash>;
  /**
   * Returns the hash that a label names now, or null when there is no such label. One or two requests.
   * @param options `retry`: whether to ask again for some seconds before saying null; default true
   */
  readLabel(label: Label, options?: LabelPlace & { readonly retry?: boolean }): Promise<FullHash | null>;
  /** {@link RepositoryTree.pinHash} and {@link RepositoryTree.resolveBuilds} in one. */
  readHash(
    hash: FullHash,
    options?: LabelPlace & { readonly labels?: readonly string[] },
  ): Promise<ResolvedHash | null>;
  /**
   * Returns a file of the tree, or null when it is not there.
   * @param options `fresh`: no cache in between may answer, as for everything below a label
   */
  readFile(path: string, options?: { readonly fresh?: boolean }): Promise<string | null>;
}

export interface RepositoryTreeOptions {
  /** The base of the tree, such as `https://trunk.rdoproject.org/centos9-master`. */
  readonly reposUrl: string;
  /** Saves a request for each look-up when known; else it is found out. */
  readonly mode?: 'classic' | 'component';
  readonly effects: Pick<Effects, 'clock' | 'signal'>;
}

/** Returns how many bytes a file of the tree may have: what is longer is another one, and parsing it takes long. */
function longestOf(path: string): number {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name.endsWith('.md5')) return 1 << 10;
  if (/^(?:commit\.yaml|delorean\.repo|repomd\.xml)$/.test(name)) return 1 << 20;
  return 16 << 20;
}

/** DLRN removes a link before it makes the new one, so a label can be missing for a moment. Milliseconds. */
const vanishedLabelDelays = [100, 200, 400, 800, 1600];

export function createRepositoryTree(api: Api, options: RepositoryTreeOptions): RepositoryTree {
  const reposUrl = parseBaseUrl(options.reposUrl, 'reposUrl');
  const { clock, signal } = options.effects;
  const urlOf = (path: string): string => `${reposUrl}/${path}`;

  const readFile = async (path: string, fresh = false): Promise<string | null> => {
    const url = urlOf(path);
    // Labels move: a cache in between must not answer for the server.
    const headers = fresh ? { headers: { 'cache-control': 'no-cache' } } : {};
    const maxBytes = longestOf(path);
    const response = await api.request({ method: 'GET', url, maxBytes, ...headers }).catch((cause: unknown) => {
      if (!(cause instanceof HttpError)) throw cause;
      if (cause.code === 'too-large') throw new DlrnError('unexpected-answer', cause.message, { cause });
      throw unreachable('the repository', cause);
    });
    if (response.status === 404 || response.status === 410) return null;
    if (response.status !== 200) {
      const code =
        response.status >= 500 ? 'server-error' : response.status === 401 ? 'unauthorized' : 'unexpected-answer';
      throw new DlrnError(code, `GET ${redactUrl(url)} answered ${response.status}: ${excerptOf(response.text)}`);
    }
    return response.text;
  };

  const withRetries = async <Found>(read: () => Promise<Found | null>): Promise<Found | null> => {
    for (const delay of vanishedLabelDelays) {
      const found = await read();
      if (found !== null) return found;
      await clock.sleep(delay, signal);
    }
    return read();
  };

  const commitAt = async (directory: string, component: string | null, fresh = false): Promise<PinnedHash | null> => {
    const path = `${directory}/commit.yaml`;
    const text = await readFile(path, fresh);
    if (text === null) return null;
    const sourceUrl = urlOf(path);
    const { build, builtAt } = parseCommitYaml(text, sourceUrl);
    if (component !== null && build.component !== component) {
      throw new DlrnError(
        'unexpected-answer',
        `${sourceUrl} is of component ${build.component}, asked for ${component}`,
      );
    }
    const member = memberOf(fullHashOfCommit(build), build.component);
    const { fullHash } = member;
    const repoUrl = urlOf(member.path);
    return { fullHash, kind: 'commit', repoUrl, component, members: [member], build, builtAt, sourceUrl };
  };

  const aggregateBelow = async (label: string, hash: AggregateHash): Promise<PinnedHash | null> => {
    const directory = `${label}/${hashDirectory(hash)}`;
    const sourceUrl = urlOf(`${directory}/delorean.repo`);
    const text = await readFile(`${directory}/delorean.repo`);
    if (text === null) return null;
    const sections = parseDeloreanRepo(text, sourceUrl);
    const md5 = createHash('md5').update(text).digest('hex');
    if (md5 !== hash)
      throw new DlrnError('unexpected-answer', `${sourceUrl} has the md5 ${md5}: it was changed, or cut short`);
    const members = sections.map(({ id, baseurl }): Member => {
      const member = memberAt(baseurl);
      if (member !== null) return member;
      throw new DlrnError(
        'unexpected-answer',
        `${sourceUrl}: [${id}] names ${baseurl}, which is not the directory of a build`,
      );
    });
    const repoUrl = urlOf(directory);
    return {
      fullHash: hash,
      kind: 'aggregate',
      repoUrl,
      component: null,
      members,
      build: null,
      builtAt: null,
      sourceUrl,
    };
  };

  const resolveBuilds = async (pinned: PinnedHash): Promise<ResolvedHash> => {
    if (pinned.build !== null) return { ...pinned, builds: [pinned.build] };
    const builds = await Promise.all(
      pinned.members.map(async ({ component, fullHash, path }): Promise<CommitBuild> => {
        const found = await commitAt(path, component);
        if (found?.build !== null && found?.fullHash === fullHash) return found.build;
        throw new DlrnError(
          'unexpected-answer',
          `${pinned.sourceUrl} names ${fullHash}, and ${urlOf(path)} is not the directory of such a build`,
        );
      }),
    );
    return { ...pinned, builds };
  };

  const aggregateHashOf = async (label: Label): Promise<AggregateHash | null> => {
    const path = `${label}/delorean.repo.md5`;
    const text = await readFile(path, true);
    if (text === null) return null;
    const hash = refuseHtml(text, urlOf(path), 'an md5').trim();
    if (!/^[0-9a-f]{32}$/.test(hash)) {
      throw new DlrnError(
        'unexpected-answer',
        `${urlOf(path)} holds ${excerptOf(text)}, expected the 32 hex digits of an md5`,
      );
    }
    return parseAggregateHash(hash, urlOf(path));
  };

  /** What the label names: a whole answer for a commit, only the hash for an aggregate. */
  const lookUp = async (label: Label, component: string | undefined): Promise<PinnedHash | AggregateHash | null> => {
    if (component !== undefined) return commitAt(`component/${component}/${label}`, component, true);
    // Only component mode has an md5 at the top, only classic mode a commit.yaml: either way two requests at most.
    const hash = options.mode === 'classic' ? null : await aggregateHashOf(label);
    return hash ?? (options.mode === 'component' ? null : commitAt(label, null, true));
  };

  const pinLabel = async (label: Label, { component }: LabelPlace = {}): Promise<PinnedHash> => {
    const found = await withRetries(async () => {
      const seen = await lookUp(label, component);
      return typeof seen === 'string' ? aggregateBelow(label, seen) : seen;
    });
    if (found === null) throw await absence(label, component);
    return found;
  };

  const pinHash: RepositoryTree['pinHash'] = async (hash, { component, labels = [] } = {}) => {
    if (isAggregate(hash)) {
      for (const label of new Set(labels)) {
        const found = await aggregateBelow(label, hash);
        if (found !== null) return found;
      }
      return null;
    }
    const directory = hashDirectory(hash, component ?? null);
    const found = await commitAt(directory, component ?? null);
    if (found !== null && found.fullHash !== hash) {
      throw new DlrnError(
        'unexpected-answer',
        `${urlOf(`${directory}/commit.yaml`)} is of ${found.fullHash}, and its directory of ${hash}`,
      );
    }
    return found;
  };

  const absence = async (label: Label, component: string | undefined): Promise<DlrnError> => {
    const has = async (place: string): Promise<boolean> => (await readFile(`${place}/delorean.repo`)) !== null;
    const where = redactUrl(reposUrl);
    if (component !== undefined && (await has(`component/${component}/current`))) {
      return nothingThere(`component ${component} of the repository at ${where} has no label "${label}"`);
    }
    if (await has('current')) {
      return component === undefined
        ? nothingThere(`the repository at ${where} has no label "${label}"`)
        : nothingThere(`the repository at ${where} has no component "${component}" with a label "${label}"`);
    }
    return new DlrnError(
      'not-found',
      `there is no DLRN repository at ${where}: ${label === 'current' ? '' : `neither label "${label}" nor `}"current" is ${label === 'current' ? 'not ' : ''}there`,
      {
        next: 'Check release and distro, or repos-url.',
      },
    );
  };

  return {
    reposUrl,
    readFile: (path, { fresh = false } = {}) => readFile(path, fresh),

    pinLabel,
    pinHash,
    resolveBuilds,
    resolveLabel: async (label, place) => resolveBuilds(await pinLabel(label, place)),

    async readLabel(label, { component, retry = true } = {}) {
      const look = (): ReturnType<typeof lookUp> => lookUp(label, component);
      const found = await (retry ? withRetries(look) : look());
      return typeof found === 'string' || found === null ? found : found.fullHash;
    },

    async readHash(hash, place) {
      const found = await pinHash(hash, place);
      return found === null ? null : resolveBuilds(found);
    },
  };
}

function nothingThere(message: string): DlrnError {
  return new DlrnError('nothing-there', message, {
    next: 'Check the label and the component; an unpinned label appears with its first promotion.',
  });
}
