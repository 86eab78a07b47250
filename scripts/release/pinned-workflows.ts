import { type Git, writeCommit } from './git.ts';
import { versionTag } from './level.ts';
import { localUses, type Pin, pinUses } from './pins.ts';
import { pipelines } from './unit.ts';

/** Where GitHub looks for workflows. */
export const workflowFolder = '.github/workflows';

/**
 * Returns whether a workflow is one of the pipelines: others can call it, or it uses what is in this repository. The
 * rest is this repository's own CI.
 */
export function isPipeline(text: string): boolean {
  return /^ +workflow_call:/m.test(text) || localUses(text).length > 0;
}

export interface PinRequest {
  /** The commit that released this version of the pipelines. */
  readonly released: string;
  readonly repository: string;
  readonly version: string;
  /** Path of an action in the repository → the tag of the release that is meant, and its commit. */
  readonly actions: ReadonlyMap<string, { readonly name: string; readonly commit: string }>;
}

/**
 * Writes the commits of a release of the pipelines, beside the branch, and returns the last one: the release with every
 * local reference pinned. A commit cannot hold its own id, so workflows that call others get a commit after theirs.
 * The same release gives the same commits, on every machine and at any time.
 */
export async function writePinnedWorkflows(git: Git, request: PinRequest): Promise<string> {
  const { released, repository, version, actions } = request;
  const pins = new Map<string, Pin>();
  for (const [path, { name, commit }] of actions) pins.set(path, { commit, tag: name });
  const waiting = await pipelineTexts(git, released);
  const env = await signatureOf(git, released);
  const tag = versionTag(pipelines, version);
  let commit = released;
  while (waiting.size > 0) {
    const ready = [...waiting].filter(([, text]) => localUses(text).every((path) => !waiting.has(path)));
    if (ready.length === 0)
      throw new Error(`these workflows call each other in a circle: ${[...waiting.keys()].join()}`);
    const files = new Map(ready.map(([path, text]) => [path, pinUses(path, text, { repository, pins })]));
    commit = await writeCommit(git, { parent: commit, files, env, message: `${tag}: what it uses, by commit\n` });
    for (const [path] of ready) {
      pins.set(path, { commit, tag: `of ${tag}` });
      waiting.delete(path);
    }
  }
  return commit;
}

async function pipelineTexts(git: Git, commit: string): Promise<Map<string, string>> {
  const listed = await git(['ls-tree', '--name-only', commit, `${workflowFolder}/`]);
  const paths = listed.split('\n').filter((path) => /\.ya?ml$/.test(path));
  const texts = await Promise.all(paths.map(async (path) => `${await git(['show', `${commit}:${path}`])}\n`));
  return new Map(
    paths.map((path, index) => [path, texts[index] ?? ''] as const).filter(([, text]) => isPipeline(text)),
  );
}

// Who released it and when: then nothing about the commits depends on who pins, or when.
async function signatureOf(git: Git, commit: string): Promise<Readonly<Record<string, string>>> {
  const fields = [
    'author name an',
    'author email ae',
    'author date aI',
    'committer name cn',
    'committer email ce',
    'committer date cI',
  ];
  const values = (
    await git(['log', '-1', `--format=${fields.map((field) => `%${field.split(' ')[2] ?? ''}`).join('%n')}`, commit])
  ).split('\n');
  return Object.fromEntries(
    fields.map((field, index) => [`GIT_${field.split(' ').slice(0, 2).join('_').toUpperCase()}`, values[index] ?? '']),
  );
}
