import { FeaturesetError } from '../error.ts';
import { type Exec, gitSource } from './source-git.ts';
import { folderSource } from './source-folder.ts';
import { maxFileBytes, tooLong } from './source-limits.ts';
import { type UrlEffects, urlSource } from './source-url.ts';

/** Files of tripleo-quickstart, wherever they are. */
export interface FeaturesetSource {
  /** What people call it: a folder, a folder and a commit, a URL. */
  readonly name: string;
  /**
   * Returns the text of a file, or null where there is none.
   * @param path relative, such as `config/nodes/1ctlr.yml`
   * @throws FeaturesetError `bad-source`; HttpError
   */
  read(path: string): Promise<string | null>;
}

export interface SourcePlace {
  /** A folder, or the URL of a file with `{commit}` and `{path}` in it. Folders are absolute. */
  readonly from: string;
  /** 40 hexadecimal digits; of a folder, null reads the files as they lie there. */
  readonly commit: string | null;
  /** The folder that keeps what was fetched; null keeps nothing. */
  readonly cache: string | null;
}

export interface SourceEffects extends UrlEffects {
  readonly exec: Exec;
}

/**
 * Returns the files of a folder, of a commit of a git checkout (whatever is edited in it), or of a commit at a URL.
 * Each file is read once.
 * @throws FeaturesetError `bad-source` for what is no place, and for a branch instead of a commit.
 */
export function openFeaturesetSource(place: SourcePlace, effects: SourceEffects): FeaturesetSource {
  const commit = place.commit === null ? null : checkCommit(place.commit);
  const source = open(place, commit, effects);
  const files = new Map<string, Promise<string | null>>();
  const read = async (path: string) => {
    const text = await source.read(checkPath(path));
    if (text !== null && Buffer.byteLength(text) > maxFileBytes) throw tooLong(`${source.name}: ${path}`);
    return text;
  };
  return {
    name: source.name,
    read: (path) => {
      const file = files.get(path) ?? read(path);
      files.set(path, file);
      return file;
    },
  };
}

function open({ from, cache }: SourcePlace, commit: string | null, effects: SourceEffects): FeaturesetSource {
  if (/^https?:/u.test(from)) {
    if (commit !== null) return urlSource(from, commit, cache, effects);
    throw new FeaturesetError(
      'bad-source',
      `${from} needs a commit: what a branch has changes from one job to the next`,
    );
  }
  if (/^[a-z][a-z+.-]+:\/\//u.test(from)) {
    throw new FeaturesetError('bad-source', `${from} is neither a folder nor a URL that begins with https:`);
  }
  return commit === null ? folderSource(from) : gitSource(from, commit, effects.exec);
}

function checkCommit(commit: string): string {
  if (/^[0-9a-f]{40}$/u.test(commit)) return commit;
  throw new FeaturesetError('bad-source', `commit "${commit}" is not a commit of 40 hexadecimal digits`, {
    next: 'A branch or tag may move while jobs run: give what `git rev-parse` says of it.',
  });
}

/** A path goes down from where it begins, on every system. */
function checkPath(path: string): string {
  const parts = path.split('/');
  // eslint-disable-next-line no-control-regex -- a zero byte ends a path early
  if (parts.some((part) => ['', '.', '..'].includes(part)) || /[\\\u0000:]/u.test(path) || path.startsWith('-')) {
    throw new FeaturesetError('bad-source', `"${path}" is not a path within the files of tripleo-quickstart`);
  }
  return path;
}
