import { commitOf, type Git, isAncestor } from './git.ts';
import { movingTag, versionTag } from './level.ts';
import { parseRecord, type ReleaseRecord } from './record.ts';
import { writePinnedWorkflows } from './pinned-workflows.ts';
import { pipelines } from './unit.ts';
import { gt } from 'semver';

/** One tag and where it belongs. */
export interface Tag {
  readonly name: string;
  readonly commit: string;
  /** Where it is; null when it does not exist. */
  readonly was: string | null;
}

export interface TagRequest {
  /** `owner/name`, for the pins of the pipelines. */
  readonly repository: string;
  /** Folders that may hold a release.json, relative to the root; that of the pipelines last. */
  readonly folders: readonly string[];
}

/**
 * Returns the tags of the last release of everything, as they should be, from the records in the branch's last commit.
 * Commits are written where the pipelines need them; no tag moves.
 * @throws Error when a tag that never moves is somewhere else
 */
export async function wantedTags(git: Git, { repository, folders }: TagRequest): Promise<readonly Tag[]> {
  const tags: Tag[] = [];
  const versions = new Map<string, Tag>();
  for (const folder of folders) {
    const path = `${folder}/release.json`;
    const text = await git(['show', `HEAD:${path}`]).catch(() => null);
    if (text === null) continue;
    const record = parseRecord(text, path);
    const released = await git(['log', '-1', '--format=%H', '--', path]);
    const name = versionTag(record.name, record.version);
    const was = await commitOf(git, `refs/tags/${name}`);
    const commit = was ?? (await commitFor(git, record, released, repository, versions));
    const isRight = record.name === pipelines ? await isAncestor(git, released, commit) : commit === released;
    if (!isRight) {
      throw new Error(
        `the tag ${name} is at ${commit}, but ${released} released that version. A version's tag never moves: ` +
          'delete it when nobody has seen it, or put the next version into package.json',
      );
    }
    const tag = { name, commit, was };
    versions.set(name, tag);
    tags.push(tag, ...(await moving(git, record, commit)));
  }
  return tags;
}

async function commitFor(
  git: Git,
  record: ReleaseRecord,
  released: string,
  repository: string,
  versions: ReadonlyMap<string, Tag>,
): Promise<string> {
  if (record.name !== pipelines) return released;
  const actions = new Map<string, Tag>();
  for (const part of record.parts) {
    const at = part.lastIndexOf('@');
    const name = versionTag(part.slice(0, at), part.slice(at + 1));
    const commit = versions.get(name)?.commit ?? (await commitOf(git, `refs/tags/${name}`));
    if (commit === null) throw new Error(`the pipelines use ${name}, and there is no such tag: git fetch --tags`);
    actions.set(`actions/${part.slice(0, at)}`, { name, commit, was: commit });
  }
  return writePinnedWorkflows(git, { released, repository, version: record.version, actions });
}

/** Returns the tag that moves along, unless a later release of its line has it. */
async function moving(git: Git, { name: unit, version }: ReleaseRecord, commit: string): Promise<readonly Tag[]> {
  const name = movingTag(unit, version);
  const line = `${name}.`;
  const all = (await git(['tag', '--list', `${line}*`])).split('\n').filter((tag) => tag !== '');
  const isOld = all.some((tag) => gt(tag.slice(unit.length + 2), version));
  return isOld ? [] : [{ name, commit, was: await commitOf(git, `refs/tags/${name}`) }];
}

/** Makes and moves tags, all of them or none. */
export async function writeTags(git: Git, tags: readonly Tag[]): Promise<void> {
  const lines = tags
    .filter(({ commit, was }) => commit !== was)
    .map(({ name, commit, was }) => `update refs/tags/${name} ${commit} ${was ?? '0'.repeat(40)}\n`);
  if (lines.length > 0) await git(['update-ref', '--stdin'], { input: lines.join('') });
}
