import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ActionContext } from '@tagflow/action-kit';
import {
  checkImageForms,
  checkLeftFiles,
  describeImages,
  type ImageIndexes,
  writeIndexes,
  writeSumFiles,
} from '@tagflow/images';
import {
  canonicalJson,
  type ContainerEntry,
  formatSet,
  type ImageEntry,
  isFullHash,
  TagflowError,
} from '@tagflow/model';
import { dropMissing } from '@tagflow/runner';
import { containersLog, readContainers } from './modes.ts';
import { type BaseImage, directoriesOf, hashOfRepository, type PinnedRepository, refuseChanged } from './needed.ts';
import type { Build, Given } from './settings.ts';

const repositoryFile = 'delorean.repo';
const hashFile = 'full-hash';

export interface EvidenceOptions {
  readonly pinned: PinnedRepository | null;
  readonly notBefore: number;
  /** Whether it has to be there; what is there has to be right. */
  readonly isRequired: boolean;
}

/**
 * Resolves when what the builder left says that it has built this hash.
 * @throws TagflowError `other-hash` naming both, `no-evidence`
 */
export async function checkEvidence(
  folder: string,
  { fullHash }: Pick<Build, 'fullHash'>,
  { pinned, notBefore, isRequired }: EvidenceOptions,
): Promise<void> {
  const read = async (name: string): Promise<string | null> => {
    const isThere = (await readFile(join(folder, name)).catch(() => null)) !== null;
    if (!isThere) return null;
    await checkLeftFiles(folder, [name], { notBefore });
    return readFile(join(folder, name), 'utf8');
  };
  const [repository, line] = [await read(repositoryFile), (await read(hashFile))?.trim() ?? null];
  if (repository === null && line === null) {
    if (!isRequired) return;
    throw new TagflowError('no-evidence', `nothing in ${folder} tells which hash the builder has built`, {
      next:
        `Have it leave the ${repositoryFile} that it used (TAGFLOW_REPO_FILE is the right one), or a file ${hashFile} ` +
        `with the hash that it used; or give evidence: none, and nobody knows.`,
    });
  }
  const named = [
    { file: hashFile, hash: line },
    { file: repositoryFile, hash: repository === null ? null : await hashShown(repository, folder) },
  ];
  for (const { file, hash } of named) {
    if (hash === null || hash === fullHash) continue;
    const said = isFullHash(hash) ? `is of ${hash}` : `names ${JSON.stringify(hash.slice(0, 120))}`;
    throw new TagflowError('other-hash', `the builder was to build ${fullHash}, and the ${file} that it left ${said}`, {
      next: 'It took another repository than TAGFLOW_REPO_FILE and TAGFLOW_REPO_URL say, such as that of a label that moved.',
    });
  }

  async function hashShown(text: string, where: string): Promise<string> {
    const directories = (each: string) => directoriesOf(each, join(where, repositoryFile));
    // A mirror's has other servers in it, so that its md5 is another one.
    const isPinned =
      pinned !== null && (await directories(text)).join(' ') === (await directories(pinned.text)).join(' ');
    return isPinned ? fullHash : hashOfRepository(text, join(where, repositoryFile), fullHash);
  }
}

/** How a run of a builder went. */
export interface BuildFacts {
  readonly build: Build;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly builder: string | undefined;
  readonly pinned: PinnedRepository | null;
  readonly base: BaseImage | null;
  readonly images: readonly ImageEntry[];
  readonly containers: readonly ContainerEntry[];
}

/** Returns the canonical text of `build.json`: what was built, by whom, from what. */
function formatBuild(facts: BuildFacts): string {
  const { build, pinned, base } = facts;
  const { kind, fullHash, release, command } = build;
  return `${canonicalJson({
    schema: 'tagflow/build/v1',
    ...{ kind, fullHash, release, distro: build.distro ?? null },
    startedAt: new Date(facts.startedAt).toISOString(),
    endedAt: new Date(facts.endedAt).toISOString(),
    builder: facts.builder ?? null,
    command,
    commandSha256: createHash('sha256').update(canonicalJson(command)).digest('hex'),
    evidence: build.evidence,
    inputs: {
      repository: pinned === null ? null : { url: pinned.url, sha256: pinned.sha256 },
      baseImage: base === null ? null : { name: base.name, sha256: base.sha256 },
    },
    outputs: {
      images: facts.images.map(({ name, size, sha256, md5 }) => ({ name, size, sha256, md5 })),
      containers: facts.containers.map(({ name, digest }) => ({ name, digest })),
    },
  })}\n`;
}

/** What a run of the builder left, and what is known of the run. */
export interface Left {
  readonly folder: string;
  readonly notBefore: number;
  readonly facts: BuildFacts;
  readonly given: Given;
}

/** Returns the outputs for the images that were built, once all of them were looked at. */
export async function describeBuiltImages({ folder, notBefore, facts }: Left, context: ActionContext) {
  const { build, builder, pinned } = facts;
  const { files, fullHash, release, visibility, repoUrl } = build;
  await checkLeftFiles(folder, files, { notBefore });
  const indexes: ImageIndexes = new Map();
  const options = { signal: context.signal, indexes, ...dropMissing({ builder }) };
  const images = await describeImages(folder, files, visibility, options);
  await checkImageForms(folder, files);
  await checkEvidence(folder, build, { pinned, notBefore, isRequired: build.evidence === 'required' });
  await refuseChanged(build, pinned, context);
  await writeIndexes(folder, indexes);
  await writeSumFiles(folder, images);
  const repository = { url: repoUrl, builds: [] };
  const set = await keep(context, 'set.json', formatSet({ fullHash, release, repository, containers: [], images }));
  const outputs = { set, files: pathToFileURL(folder).href };
  return {
    outputs: { ...outputs, build: await keep(context, 'build.json', formatBuild({ ...facts, images })) },
    message: `built ${images.map(({ name }) => name).join(', ')}`,
  };
}

/** As {@link describeBuiltImages}, for containers. */
export async function describeBuiltContainers({ folder, notBefore, facts, given }: Left, context: ActionContext) {
  const { build, pinned } = facts;
  const auth = given['registry-auth']?.reveal();
  const { containers, source, namePattern } = await readContainers(folder, build, auth, { context, notBefore });
  // Its tags, and what its labels say, are evidence enough.
  await checkEvidence(folder, build, { pinned, notBefore, isRequired: false });
  await refuseChanged(build, pinned, context);
  const outputs = { containers: join(folder, containersLog), ...dropMissing({ source, 'name-pattern': namePattern }) };
  return {
    outputs: { ...outputs, build: await keep(context, 'build.json', formatBuild({ ...facts, containers })) },
    message: `built ${String(containers.length)} containers`,
  };
}

/** Writes a file that outputs name, and returns its path. */
export async function keep(context: ActionContext, name: string, text: string): Promise<string> {
  await writeFile(join(context.outDir, name), text);
  return join(context.outDir, name);
}
