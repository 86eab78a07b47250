import { type Git, isAncestor } from './git.ts';
import type { Tag } from './tags.ts';

/** What origin has. */
export interface Remote {
  readonly url: string;
  /** Name without `refs/tags/` → commit. */
  readonly tags: ReadonlyMap<string, string>;
  /** The last commit of the branch; null when it has no such branch. */
  readonly head: string | null;
}

/** Asks origin; null when there is no such remote. */
export async function readRemote(git: Git, branch: string): Promise<Remote | null> {
  const url = await git(['remote', 'get-url', 'origin']).catch(() => null);
  if (url === null) return null;
  const lines = (await git(['ls-remote', 'origin', `refs/heads/${branch}`, 'refs/tags/*'])).split('\n');
  const refs = new Map(
    lines.filter((line) => line !== '').map((line) => line.split('\t').toReversed() as [string, string]),
  );
  const tags = new Map<string, string>();
  for (const [ref, id] of refs) {
    // an annotated tag is followed by what it stands for, with ^{}
    if (ref.startsWith('refs/tags/')) tags.set(ref.slice('refs/tags/'.length).replace(/\^\{\}$/, ''), id);
  }
  return { url, tags, head: refs.get(`refs/heads/${branch}`) ?? null };
}

/** Returns why nothing may be released from this state, or null. */
export async function refusalOfState(git: Git, branch: string, remote: Remote | null): Promise<string | null> {
  const changes = await git(['status', '--porcelain']);
  if (changes !== '') return `there are changes that are not committed:\n${changes}\ncommit them, or put them away`;
  if (remote?.head != null && !(await isAncestor(git, remote.head, 'HEAD'))) {
    return `${branch} at origin has commits that are not here: git pull --rebase`;
  }
  const missing = await missingTags(git, remote);
  if (missing.length === 0) return null;
  return `origin has tags that are not here, such as ${missing[0] ?? ''}: git fetch --tags --force`;
}

// Of versions: tags that move are compared when they are pushed.
async function missingTags(git: Git, remote: Remote | null): Promise<readonly string[]> {
  const here = new Set((await git(['tag', '--list'])).split('\n'));
  return [...(remote?.tags.keys() ?? [])].filter((name) => /-v\d+\.\d+\.\d+$/.test(name) && !here.has(name));
}

/**
 * Returns the arguments of the git push that brings a branch and its tags to origin: all of it or nothing, and moves a
 * tag only from where it was when origin was asked. Null when origin has everything.
 * @throws Error when a tag that never moves is somewhere else there
 */
export function pushArguments(
  branch: string,
  head: string,
  tags: readonly Tag[],
  remote: Remote,
): readonly string[] | null {
  const leases: string[] = [];
  const refs: string[] = [];
  if (remote.head !== head) refs.push(`${head}:refs/heads/${branch}`);
  for (const { name, commit } of tags) {
    const there = remote.tags.get(name);
    if (there === commit) continue;
    if (there !== undefined && /-v\d+\.\d+\.\d+$/.test(name)) {
      throw new Error(
        `the tag ${name} is at ${there} at origin and at ${commit} here, and a version's tag never moves`,
      );
    }
    if (there !== undefined) leases.push(`--force-with-lease=refs/tags/${name}:${there}`);
    refs.push(`${commit}:refs/tags/${name}`);
  }
  return refs.length === 0 ? null : ['push', '--atomic', ...leases, 'origin', ...refs];
}
