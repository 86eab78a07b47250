import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ActionContext, type ActionResult, ciRunUrl } from '@tagflow/action-kit';
import { formatSet, messageOf, TagflowError } from '@tagflow/model';
import { createCommandRunner, dropMissing, formatCommandLine } from '@tagflow/runner';
import type { outputs } from './inputs.ts';
import { type BaseImage, findBaseImage, openRunFolder, pinRepository, type PinnedRepository } from './needed.ts';
import { publishedContainers, publishedImages } from './places.ts';
import { describeBuiltContainers, describeBuiltImages, keep } from './results.ts';
import { type Build, type Given, readBuild } from './settings.ts';

/** Builds, unless what the phase asks for is published already. */
export async function run(given: Given, context: ActionContext): Promise<ActionResult<keyof typeof outputs>> {
  const build = await readBuild(given);
  if (build === null) return { outcome: 'nothing-to-do', outputs: {}, message: `the phase builds no ${given.kind}` };
  const published = given.rebuild ? null : await findPublished(given, build, context);
  if (published !== null) return published;
  const line = formatCommandLine(build.command);
  context.log.info(line);
  if (context.dryRun) return { outcome: 'planned', outputs: {}, message: line };

  const pinned = await pinRepository(build, context);
  const base = await findBaseImage(given, build, context);
  const folder = join(context.outDir, build.kind);
  const logFile = join(context.outDir, `build-${build.kind}.log`);
  const logUrl = pathToFileURL(logFile).href;
  const runFolder = await openRunFolder(folder, `build-images-${build.kind}-${build.fullHash}`);
  try {
    const ended = await runBuilder(build, { pinned, base, folder, key: runFolder.key, logFile }, context);
    if (ended.status !== 'success') {
      const message = `the builder of ${build.kind} did not succeed: ${ended.reason ?? ended.status}; log: ${logUrl}`;
      return { outcome: 'failed', outputs: { 'log-url': logUrl }, message };
    }
    // A run that was found was begun before this process: so were its files.
    const notBefore = ended.found ? 0 : runFolder.begunAt;
    const endedAt = context.clock.now();
    const builder = given.builder ?? ciRunUrl(context.env);
    const times = { startedAt: endedAt - ended.durationMs, endedAt };
    const facts = { build, ...times, builder, pinned, base, images: [], containers: [] };
    const describe = build.kind === 'images' ? describeBuiltImages : describeBuiltContainers;
    const { outputs, message } = await describe({ folder, notBefore, facts, given }, context);
    return { outcome: 'done', outputs: { ...outputs, 'log-url': logUrl }, message };
  } catch (cause) {
    if (context.signal.aborted) throw cause;
    return { outcome: 'failed', outputs: { 'log-url': logUrl }, error: inWords(cause, logUrl) };
  } finally {
    await runFolder.end();
  }
}

/** Returns the result for what is published for the hash already; null when it is to be built. */
async function findPublished(given: Given, build: Build, context: ActionContext) {
  const { config, images, registry, files, fullHash } = build;
  if (images !== null && config !== null) {
    const set = await publishedImages(config, images, files, fullHash, context);
    if (set !== null) {
      const outputs = { set: await keep(context, 'set.json', formatSet(set)) };
      return { outcome: 'nothing-to-do', outputs, message: `published already: ${files.join(', ')}` } as const;
    }
  }
  if (registry === null) return null;
  const set = await publishedContainers(registry, fullHash, given['registry-auth']?.reveal(), context);
  if (set === null) return null;
  const message = `published already: ${set.containers.length} containers`;
  return { outcome: 'nothing-to-do', outputs: {}, message } as const;
}

interface Run {
  readonly pinned: PinnedRepository | null;
  readonly base: BaseImage | null;
  readonly folder: string;
  readonly key: string;
  readonly logFile: string;
}

async function runBuilder(build: Build, { pinned, base, folder, key, logFile }: Run, context: ActionContext) {
  const { kind, fullHash, repoUrl, release, distro, files, registry } = build;
  const inputsFolder = join(context.outDir, `${kind}-inputs`);
  const repoFile = pinned === null ? undefined : join(inputsFolder, 'delorean.repo');
  if (pinned !== null && repoFile !== undefined) {
    await mkdir(inputsFolder, { recursive: true });
    await writeFile(repoFile, pinned.text);
  }
  return createCommandRunner().run(
    {
      name: `build ${kind}`,
      key,
      command: build.command,
      env: {
        ...context.childEnv,
        ...build.env,
        ...dropMissing({
          TAGFLOW_FULL_HASH: fullHash,
          TAGFLOW_REPO_URL: repoUrl,
          TAGFLOW_REPO_FILE: repoFile,
          TAGFLOW_RELEASE: release,
          TAGFLOW_DISTRO: distro,
          TAGFLOW_OUT_DIR: folder,
          TAGFLOW_BASE_IMAGE: base?.told,
          TAGFLOW_FILES: files.length === 0 ? undefined : files.join(','),
          TAGFLOW_REGISTRY_URL: registry?.url,
          TAGFLOW_REGISTRY_NAMES: registry?.namePattern,
        }),
      },
      facts: dropMissing({ 'full-hash': fullHash, 'repo-url': repoUrl, release, distro, key }),
      logFile,
      resultsDir: join(context.outDir, `${kind}-results`),
      timeoutMs: build.timeoutMs,
      onLine: (text) => void context.log.info(text),
    },
    context,
  );
}

/** A disk that is full says so in its own words; whatever went wrong, the log is where to look first. */
function inWords(cause: unknown, logUrl: string): unknown {
  if (!(cause instanceof Error) || !('code' in cause) || cause.code !== 'ENOSPC') return cause;
  const message = `no space is left for what describes the build: ${messageOf(cause)}`;
  return new TagflowError('disk-full', message, { cause, next: `Free room, and build again. Log: ${logUrl}` });
}
