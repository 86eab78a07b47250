import { createHash } from 'node:crypto';
import { type Api, HttpError, redactUrl } from '@tagflow/http';
import {
  type CommitBuild,
  type Effects,
  type FullHash,
  fullHashOfCommit,
  hashDirectory,
  isAggregate,
  type Label,
  parseFullHash,
} from '@tagflow/model';
import { excerptOf } from './answer.ts';
import { parseBaseUrl } from './base-url.ts';
import { parseCommitYaml } from './commit-yaml.ts';
import { parseDeloreanRepo } from './delorean-repo.ts';
import { DlrnError } from './error.ts';
import { buildPathOf } from './repo-url.ts';

/** A hash, pinned: nothing here depends on where a label points afterwards. */
export interface ResolvedHash {
  readonly fullHash: FullHash;
  readonly kind: 'commit' | 'aggregate';
  /** The immutable directory, without a slash at the end. */
  readonly repoUrl: string;
  /** The component that was asked about; null for a whole repository. */
  readonly component: string | null;
  /** The one build of a commit; the builds of all components of an aggregate. */
  readonly builds: readonly CommitBuild[];
  /** The file that was read to find the hash. */
  readonly sourceUrl: string;
}

/** DLRN's files, read over HTTP. */
export interface RepositoryTree {
  /** Without a slash at the end. */
  readonly reposUrl: string;
  /**
   * Returns what a label names now.
   * @throws DlrnError `nothing-there`, or `not-found` when there is no repository at all.
   */
  resolveLabel(label: Label, options?: { readonly component?: string }): Promise<ResolvedHash>;
  /**
   * Returns the hash that a label names now, or null when there is no such label. One or two requests.
   * @param options `retry`: whether to ask again for some seconds before saying null; default true
   */
  readLabel(
    label: Label,
    options?: { readonly component?: string; readonly retry?: boolean },
  ): Promise<FullHash | null>;
  /**
   * Returns the builds of a hash, or null when its directory is not there.
   * @param options `component`: where the build of a commit is; `labels`: below which labels to look for an aggregate
   */
  readHash(
    hash: FullHash,
    options?: { readonly component?: string; readonly labels?: readonly string[] },
  ): Promise<ResolvedHash | null>;
  /** Returns a file of the tree, or null when it is not there. */
  readFile(path: string): Promise<string | null>;
}

export interface RepositoryTreeOptions {
  /** The base of the tree, such as `https://trunk.rdoproject.org/centos9-master`. */
  readonly reposUrl: string;
  /** Saves a request for each look-up when known; else it is found out. */
  readonly mode?: 'classic' | 'component';
  readonly effects: Pick<Effects, 'clock' | 'signal'>;
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
    const response = await api.request({ method: 'GET', url, ...headers }).catch((cause: unknown) => {
      if (!(cause instanceof HttpError)) throw cause;
      throw new DlrnError('unreachable', `the repository does not answer: ${cause.message}`, {
        cause,
        outcome: cause.outcome,
        next: cause.next ?? 'Check the address, or try again later.',
      });
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

  const commitAt = async (directory: string, component: string | null, fresh = false): Promise<ResolvedHash | null> => {
    const path = `${directory}/commit.yaml`;
    const text = await readFile(path, fresh);
    if (text === null) return null;
    const sourceUrl = urlOf(path);
    const { build } = parseCommitYaml(text, sourceUrl);
    if (component !== null && build.component !== component) {
      throw new DlrnError(
        'unexpected-answer',
        `${sourceUrl} is of component ${build.component}, asked for ${component}`,
      );
    }
    const fullHash = fullHashOfCommit(build);
    const repoUrl = urlOf(hashDirectory(fullHash, build.component));
    return { fullHash, kind: 'commit', repoUrl, component, builds: [build], sourceUrl };
  };

  const aggregateBelow = async (label: string, hash: FullHash): Promise<ResolvedHash | null> => {
    const directory = `${label}/${hashDirectory(hash)}`;
    const sourceUrl = urlOf(`${directory}/delorean.repo`);
    const text = await readFile(`${directory}/delorean.repo`);
    if (text === null) return null;
    const sections = parseDeloreanRepo(text, sourceUrl);
    const md5 = createHash('md5').update(text).digest('hex');
    if (md5 !== hash)
      throw new DlrnError('unexpected-answer', `${sourceUrl} has the md5 ${md5}: it was changed, or cut short`);
    const builds = await Promise.all(
      sections.map(async ({ id, baseurl }): Promise<CommitBuild> => {
        const place = buildPathOf(baseurl);
        const [build] = place === null ? [] : ((await commitAt(place.path, place.component))?.builds ?? []);
        if (build !== undefined && fullHashOfCommit(build) === place?.hash) return build;
        throw new DlrnError(
          'unexpected-answer',
          `${sourceUrl}: [${id}] names ${baseurl}, and ${urlOf(place?.path ?? '')} is not the directory of such a build`,
        );
      }),
    );
    return { fullHash: hash, kind: 'aggregate', repoUrl: urlOf(directory), component: null, builds, sourceUrl };
  };

  const aggregateHashOf = async (label: Label): Promise<FullHash | null> => {
    const path = `${label}/delorean.repo.md5`;
    const text = await readFile(path, true);
    if (text === null) return null;
    const hash = text.trim();
    if (!/^[0-9a-f]{32}$/.test(hash)) {
      throw new DlrnError(
        'unexpected-answer',
        `${urlOf(path)} holds ${excerptOf(text)}, expected the 32 hex digits of an md5`,
      );
    }
    return parseFullHash(hash);
  };

  /** What the label names: a whole answer for a commit, only the hash for an aggregate. */
  const lookUp = async (label: Label, component: string | undefined): Promise<ResolvedHash | FullHash | null> => {
    if (component !== undefined) return commitAt(`component/${component}/${label}`, component, true);
    // Only classic mode has a commit.yaml at the top, only component mode an md5.
    const commit = options.mode === 'component' ? null : await commitAt(label, null, true);
    return commit ?? (options.mode === 'classic' ? null : aggregateHashOf(label));
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
      `there is no DLRN repository at ${where}: neither label "${label}" nor "current" is there`,
      {
        next: 'Check release and distro, or repos-url.',
      },
    );
  };

  return {
    reposUrl,
    readFile: (path) => readFile(path),

    async resolveLabel(label, { component } = {}) {
      const found = await withRetries(async () => {
        const seen = await lookUp(label, component);
        return typeof seen === 'string' ? aggregateBelow(label, seen) : seen;
      });
      if (found === null) throw await absence(label, component);
      return found;
    },

    async readLabel(label, { component, retry = true } = {}) {
      const look = (): ReturnType<typeof lookUp> => lookUp(label, component);
      const found = await (retry ? withRetries(look) : look());
      return typeof found === 'string' || found === null ? found : found.fullHash;
    },

    async readHash(hash, { component, labels = [] } = {}) {
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
    },
  };
}

function nothingThere(message: string): DlrnError {
  return new DlrnError('nothing-there', message, {
    next: 'Check the label and the component; an unpinned label appears with its first promotion.',
  });
}
