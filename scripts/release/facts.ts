import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readChangesets } from '@changesets/read';
import type { AnyAction } from '@tagflow/action-kit';
import type { Metafile } from 'esbuild';
import { parse } from 'yaml';
import { bundle } from '../bundle.ts';
import { root, workspaces } from '../workspaces.ts';
import { definitionOf } from './definition.ts';
import { commitOf, type Git } from './git.ts';
import { buildAlone, heldBy, type Lock } from './holds.ts';
import { versionTag } from './level.ts';
import { isPipeline, workflowFolder } from './pinned-workflows.ts';
import { localUses, pinUses } from './pins.ts';
import { blobId, parseRecord, type ReleaseRecord } from './record.ts';
import { pipelines, type PlanRequest, type Unit } from './unit.ts';
import { workflowsDefinition } from './workflow-definition.ts';

/** Where the version and the changelog of the pipelines are. */
const pipelinesFolder = '.github/pipelines';

/** Returns the folders of everything that has versions of its own; the pipelines last. */
export function unitFolders(): readonly string[] {
  const actions = workspaces().filter(
    ({ kind, folder }) => kind === 'action' && existsSync(join(folder, 'src/main.ts')),
  );
  const others = existsSync(join(root, pipelinesFolder, 'package.json')) ? [pipelinesFolder] : [];
  return [...actions.map(({ name }) => `actions/${name}`), ...others];
}

/**
 * Returns all that a plan is made of, from the files that are here.
 * @param base a commit whose records to compare with, instead of those of the last tags
 */
export async function readFacts(git: Git, base: string | null): Promise<PlanRequest> {
  const lock = (JSON.parse(read('package-lock.json')) as { readonly packages: Lock }).packages;
  const since = new Map<string, string>();
  const { metafile } = await bundle();
  const units: Unit[] = [];
  for (const folder of unitFolders()) {
    const made =
      folder === pipelinesFolder ? pipelinesNow() : await actionNow(folder.slice('actions/'.length), metafile, lock);
    const version = (JSON.parse(read(`${folder}/package.json`)) as { readonly version: string }).version;
    const released = await lastRelease(git, made.name, folder, version, base);
    if (released !== null) since.set(made.name, released.commit);
    units.push({ ...made, folder, version, released: released?.record ?? null });
  }
  const log = await commitsSince(git, units, since);
  return {
    units,
    packages: workspaces().flatMap(({ kind, name }) => (kind === 'package' ? [name] : [])),
    changesets: (await readChangesets(root)).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    commitsOf: ({ name }, files) =>
      (log.get(name) ?? [])
        .filter((commit) => commit.files.some((file) => files.includes(file)))
        .map(({ text }) => text),
  };
}

type Now = Pick<Unit, 'name' | 'definition' | 'files' | 'parts'>;

async function actionNow(name: string, dist: Metafile, lock: Lock): Promise<Now> {
  const module: unknown = await import(pathToFileURL(join(root, 'actions', name, 'src/action.ts')).href);
  const { action } = module as { readonly action: AnyAction };
  const { runs } = parse(read(`actions/${name}/action.yml`)) as { readonly runs: { readonly using: string } };
  const entryPoint = `actions/${name}/src/main.ts`;
  const held = heldBy(await buildAlone(name), entryPoint, lock);
  const inDist = heldBy(dist, entryPoint, lock).files;
  const foreign = held.files.find((file) => !inDist.includes(file));
  if (foreign !== undefined)
    throw new Error(`built alone, ${name} holds ${foreign}, and in dist/ it does not: build both alike`);
  const written = held.files.find((file) => /(?:package|release)\.json$|CHANGELOG\.md$/.test(file));
  // dist/ is built before the release is written, and would not be that of the released sources.
  if (written !== undefined)
    throw new Error(`${name} holds ${written}, which a release writes: take it out of the build`);
  return { name, definition: definitionOf(action, runs.using), files: blobs(held.files), parts: held.libraries };
}

function pipelinesNow(): Now {
  const texts = new Map(
    globSync('*.{yml,yaml}', { cwd: join(root, workflowFolder) })
      .toSorted()
      .map((name) => [name, read(`${workflowFolder}/${name}`)] as const)
      .filter(([, text]) => isPipeline(text)),
  );
  const uses = [...texts.values()].flatMap(localUses);
  // What cannot be pinned has to be known before anything is written.
  const pins = new Map(uses.map((path) => [path, { commit: '0'.repeat(40), tag: 'none' }]));
  for (const [name, text] of texts) pinUses(name, text, { repository: 'owner/name', pins });
  const actions = uses.filter((path) => path.startsWith('actions/'));
  return {
    name: pipelines,
    definition: workflowsDefinition(texts),
    files: blobs([...texts.keys()].map((name) => `${workflowFolder}/${name}`)),
    parts: [...new Set(actions)].toSorted().map((path) => path.slice('actions/'.length)),
  };
}

async function lastRelease(
  git: Git,
  name: string,
  folder: string,
  version: string,
  base: string | null,
): Promise<{ readonly record: ReleaseRecord; readonly commit: string } | null> {
  const tag = `refs/tags/${versionTag(name, version)}`;
  const from = base ?? ((await commitOf(git, tag)) === null ? 'HEAD' : tag);
  const path = `${folder}/release.json`;
  const text = await git(['show', `${from}:${path}`]).catch(() => null);
  if (text === null) {
    if (version === '0.0.0') return null;
    throw new Error(
      `${folder}/package.json says ${version}, but ${from} has no ${path}: only a release writes versions`,
    );
  }
  // Of the pipelines: the release itself, and not the commit beside it that has the tag.
  const commit = await git(['log', '-1', '--format=%H', from, '--', path]);
  return { record: parseRecord(text, `${from}:${path}`), commit };
}

interface Commit {
  readonly text: string;
  readonly files: readonly string[];
}

async function commitsSince(
  git: Git,
  units: readonly Unit[],
  since: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, readonly Commit[]>> {
  const lists = units.map(async ({ name }): Promise<readonly [string, readonly Commit[]]> => {
    const from = since.get(name);
    if (from === undefined) return [name, []];
    const log = await git(['log', '--no-merges', '--name-only', '--format=%x00%s (%h)', `${from}..HEAD`]);
    const commits = log.split('\0').flatMap((block): readonly Commit[] => {
      const [text = '', ...files] = block.split('\n').filter((line) => line !== '');
      return text === '' ? [] : [{ text, files }];
    });
    return [name, commits];
  });
  return new Map(await Promise.all(lists));
}

function blobs(paths: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(paths.map((path) => [path, blobId(readFileSync(join(root, path)))]));
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}
