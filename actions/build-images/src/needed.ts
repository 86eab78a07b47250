import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ActionContext, readSetInputs } from '@tagflow/action-kit';
import { createApi, withoutEndSlash } from '@tagflow/http';
import { checkLocalFile } from '@tagflow/images';
import { type FullHash, isAggregate, isImageName, TagflowError } from '@tagflow/model';
import type { Build, Given } from './settings.ts';

/** A repository file as it was read. */
export interface PinnedRepository {
  /** Without a slash at the end. */
  readonly url: string;
  readonly text: string;
  readonly sha256: string;
}

/**
 * Returns the `delorean.repo` of a hash out of its immutable directory; null where no directory is known.
 * @throws ParseError when the directory is not that of the hash; TagflowError, DlrnError when its file is not
 */
export async function pinRepository(
  { repoUrl, fullHash }: Pick<Build, 'repoUrl' | 'fullHash'>,
  context: ActionContext,
): Promise<PinnedRepository | null> {
  if (repoUrl === null) return null;
  const { createRepositoryTree, splitRepoUrl } = await import('@tagflow/dlrn');
  splitRepoUrl(repoUrl, fullHash);
  const url = withoutEndSlash(repoUrl);
  const tree = createRepositoryTree(createApi(context), { reposUrl: url, effects: context });
  const where = `${url}/delorean.repo`;
  const text = await tree.readFile('delorean.repo', { fresh: true });
  if (text === null) {
    const next = 'Check repo-url; a hash that is older than what DLRN keeps can no longer be built.';
    throw new TagflowError('no-repository', `${where} is not there`, { next });
  }
  const named = await hashOfRepository(text, where, fullHash);
  if (named !== fullHash) {
    throw new TagflowError('other-hash', `${where} is of ${named}, and not of ${fullHash}`, {
      next: 'The file was changed, cut short, or is that of another directory: ask who runs the repository.',
    });
  }
  return { url, text, sha256: createHash('sha256').update(text).digest('hex') };
}

/**
 * Returns the hash that a `delorean.repo` is of: for an aggregate its md5, else the directory that its one section names.
 * @param wanted tells which of the two kinds is meant
 */
export async function hashOfRepository(text: string, where: string, wanted: FullHash): Promise<string> {
  const directories = await directoriesOf(text, where);
  const [only = '', ...others] = directories;
  if (isAggregate(wanted)) return createHash('md5').update(text).digest('hex');
  return others.length === 0 ? only.slice(only.lastIndexOf('/') + 1) : `${directories.length} repositories`;
}

/** Returns the directories `aa/bb/<hash>` that the sections name, sorted; the servers before them may be mirrors. */
export async function directoriesOf(text: string, where: string): Promise<readonly string[]> {
  const { parseDeloreanRepo } = await import('@tagflow/dlrn');
  return parseDeloreanRepo(text, where)
    .map(({ baseurl }) => baseurl.split('/').slice(-3).join('/'))
    .sort();
}

/** The directory of a hash never changes; where it does, nobody knows what was built. */
export async function refuseChanged(
  build: Build,
  pinned: PinnedRepository | null,
  context: ActionContext,
): Promise<void> {
  const now = await pinRepository(build, context);
  if (now?.sha256 === pinned?.sha256) return;
  throw new TagflowError(
    'changed-meanwhile',
    `${pinned?.url ?? ''}/delorean.repo was changed while ${build.fullHash} was built: its sha256 was ${pinned?.sha256 ?? ''}, and is ${now?.sha256 ?? ''}`,
    { next: 'What was built is not used. The directory of a hash must not change: ask who runs the repository.' },
  );
}

/** What the builder starts from. */
export interface BaseImage {
  /** As the builder is told: the absolute path of a file that was checked, or the text of the input or config. */
  readonly told: string;
  readonly name: string;
  /** Null where nobody has promised what it is. */
  readonly sha256: string | null;
}

/**
 * Returns what the builder starts from, null for nothing. The name of an image in a set stands for its file in a folder.
 * @throws TagflowError when the file is not the image of the set, or the set is of another hash
 */
export async function findBaseImage(given: Given, build: Build, { signal }: ActionContext): Promise<BaseImage | null> {
  const { baseImage: name, fullHash, visibility } = build;
  if (name === null) return null;
  const set = await readSetInputs({ set: given.set });
  if (set === null || !isImageName(name)) return { told: name, name, sha256: null };
  if (set.fullHash !== fullHash) throw invalid(`input "set" is of ${set.fullHash}, and full-hash is ${fullHash}`);
  const image = set.images.find((one) => one.name === name);
  if (image === undefined) {
    const names = set.images.map((one) => one.name).join(', ') || 'no images';
    throw invalid(`input "base-image": the set of ${fullHash} has no ${name} (it has: ${names})`);
  }
  if (image.visibility === 'internal' && visibility === 'public')
    throw invalid(
      `base image ${name} is internal: what is built from it cannot be public`,
      'Give visibility internal.',
    );
  const folder = given['base-folder'];
  if (folder === undefined) throw invalid(`input "base-folder" is missing: where is ${name} of the set?`);
  const told = join(fileURLToPath(folder), name);
  if ((await checkLocalFile(told, image, signal)) !== null) return { told, name, sha256: image.sha256 };
  throw new TagflowError(
    'no-base-image',
    `base image ${told} is missing, or has not the sha256 ${image.sha256} of the set`,
    {
      next: 'Fetch it again (sync-images, mode fetch): nothing is built from an image that is not the one of the set.',
    },
  );
}

function invalid(message: string, next?: string): TagflowError {
  return new TagflowError('bad-inputs', message, { outcome: 'invalid', ...(next === undefined ? {} : { next }) });
}

/** A folder that one run of a builder writes to. */
export interface RunFolder {
  /** Tells this run from those before it, for the runner. */
  readonly key: string;
  /** When the run began, by the clock of the file system. Milliseconds since 1970. */
  readonly begunAt: number;
  /** Notes that nothing of the run is needed any more: the next one is a new one. */
  end(): Promise<void>;
}

/**
 * Makes a folder empty for a run of a builder. What a run for the same thing left that nobody saw the end of stays, with
 * its key: the runner may find it still at work.
 * @param what is built: one line of letters, digits, `.`, `_` and `-`
 * @throws TagflowError `stale` for files that are no run's: they would pass for what was built now
 */
export async function openRunFolder(folder: string, what: string): Promise<RunFolder> {
  const mark = `${folder}.run`;
  const { count, open } =
    /^(?<count>\d+) (?<open>.*)$/.exec(await readFile(mark, 'utf8').catch(() => ''))?.groups ?? {};
  const there = await readdir(folder).catch((): string[] => []);
  if (there.length > 0 && count === undefined) {
    const names = `${there.slice(0, 5).join(', ')}${there.length > 5 ? ', …' : ''}`;
    throw new TagflowError('stale', `the folder ${folder} holds files before the builder has started: ${names}`, {
      outcome: 'invalid',
      next: 'Remove them, or give another out-dir: they could pass for what is built now.',
    });
  }
  const number = Number(count ?? 0) + (open === what ? 0 : 1);
  if (open !== what) await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(mark, `${number} ${what}`);
  const { ctimeMs } = await stat(mark);
  return { key: `${what}-${number}`, begunAt: ctimeMs, end: () => writeFile(mark, `${number} `) };
}
