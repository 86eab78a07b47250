import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ciRunUrl, defineAction } from '@tagflow/action-kit';
import { describeImages, type ImageIndexes, writeIndexes } from '@tagflow/images';
import { formatSet, parseFullHash } from '@tagflow/model';
import { createCommandRunner, dropMissing, expectFiles, expectLines, formatCommandLine } from '@tagflow/runner';
import { publishedContainers, publishedImages } from './places.ts';
import { missing, readBuild } from './settings.ts';

/** What a container builder leaves: a line `<bare name> <tag>` for each container that it pushed. */
const containersLog = 'containers-built.log';
const defaultTimeoutMs = 4 * 3_600_000;

export const action = defineAction({
  name: 'build-images',
  description: 'Run the builder of the disk images, or of the containers, of a hash, and describe what it left.',
  inputs: {
    kind: { type: 'enum', options: ['images', 'containers'], default: 'images', description: 'What is built.' },
    'full-hash': { type: 'string', required: true, description: 'The hash to build, from get-repo-hash.' },
    'repo-url': { type: 'url', description: 'The immutable directory of the hash, from get-repo-hash.' },
    release: { type: 'string', description: 'The release, such as master; default: that of config.' },
    distro: { type: 'string', description: 'The distribution, such as centos9; default: that of config.' },
    command: {
      type: 'string',
      description:
        'The command line of the builder; no shell reads it, and it is told what to build by TAGFLOW_* variables.',
    },
    files: { type: 'list', description: 'The image files that the builder has to leave in TAGFLOW_OUT_DIR.' },
    'base-image': { type: 'string', description: 'What the builder starts from; it is told by TAGFLOW_BASE_IMAGE.' },
    visibility: {
      type: 'enum',
      options: ['public', 'internal'],
      description:
        'Who may see the images: internal ones never reach a public store. Default: that of config, or public.',
    },
    builder: {
      type: 'string',
      description: 'Who builds the images, for set.json. Default: the address of the CI run, where there is one.',
    },
    rebuild: {
      type: 'boolean',
      default: 'false',
      description: 'Build even what is published for the hash already. The new files have to be the same ones.',
    },
    'registry-auth': {
      type: 'secret',
      description: 'A docker config JSON, to see what is published. Default: the docker config file.',
    },
    timeout: { type: 'duration', description: 'The time limit of the builder; default: that of config, or 4h.' },
  },
  outputs: {
    set: 'The path of a set.json with the images that were built (kind images).',
    files: 'The folder of the image files, as a file: URL (kind images).',
    containers: 'The path of the list of containers that were built, a line "name tag" for each (kind containers).',
    'log-url': 'Where the log of the builder is.',
  },
  run: async (given, context) => {
    const fullHash = parseFullHash(given['full-hash']);
    const repoUrl = given['repo-url']?.href;
    const build = await readBuild(given);
    if (build === null) return { outcome: 'nothing-to-do', outputs: {}, message: `the phase builds no ${given.kind}` };
    const files = given.files.length > 0 ? given.files : (build.images?.files ?? []);
    if (given.kind === 'images' && files.length === 0) throw missing('files', 'give them, or config and phase');
    const folder = join(context.outDir, given.kind);
    const { config, registry } = build;
    if (!given.rebuild && build.images !== null && config !== null) {
      const published = await publishedImages(config, build.images, files, fullHash, context);
      if (published !== null) {
        const set = join(context.outDir, 'set.json');
        await writeFile(set, formatSet(published));
        return { outcome: 'nothing-to-do', outputs: { set }, message: `published already: ${files.join(', ')}` };
      }
    }
    if (!given.rebuild && registry !== null) {
      const published = await publishedContainers(registry, fullHash, given['registry-auth']?.reveal(), context);
      const count = published?.containers.length ?? 0;
      if (count > 0)
        return { outcome: 'nothing-to-do', outputs: {}, message: `published already: ${count} containers` };
    }
    context.log.info(formatCommandLine(build.command));
    if (context.dryRun) return { outcome: 'planned', outputs: {}, message: formatCommandLine(build.command) };

    await mkdir(folder, { recursive: true });
    const logFile = join(context.outDir, `build-${given.kind}.log`);
    const logUrl = pathToFileURL(logFile).href;
    const ended = await createCommandRunner().run(
      {
        name: `build ${given.kind}`,
        command: build.command,
        env: {
          ...context.childEnv,
          ...build.section?.env,
          ...dropMissing({
            TAGFLOW_FULL_HASH: fullHash,
            TAGFLOW_REPO_URL: repoUrl,
            TAGFLOW_RELEASE: build.release,
            TAGFLOW_DISTRO: build.distro,
            TAGFLOW_OUT_DIR: folder,
            TAGFLOW_BASE_IMAGE: given['base-image'] ?? build.images?.baseImage,
            TAGFLOW_FILES: files.length === 0 ? undefined : files.join(','),
            TAGFLOW_REGISTRY_URL: build.registry?.url,
            TAGFLOW_REGISTRY_NAMES: build.registry?.namePattern,
          }),
        },
        logFile,
        timeoutMs: given.timeout ?? build.section?.timeoutMs ?? defaultTimeoutMs,
        onLine: (line) => void context.log.info(line),
      },
      context,
    );
    if (ended.status !== 'success') {
      const message = `the builder of ${given.kind} did not succeed: ${ended.reason ?? ended.status}; log: ${logUrl}`;
      return { outcome: 'failed', outputs: { 'log-url': logUrl }, message };
    }
    if (given.kind === 'containers') {
      const containers = join(folder, containersLog);
      const lines = await expectLines(containers, /^[a-z0-9][\w./-]*\s+\w[\w.-]*$/, 'name tag');
      const message = `built ${String(lines.length)} containers`;
      return { outcome: 'done', outputs: { containers, 'log-url': logUrl }, message };
    }
    await expectFiles(folder, files);
    const set = join(context.outDir, 'set.json');
    const visibility = given.visibility ?? build.section?.visibility ?? 'public';
    const builder = given.builder ?? ciRunUrl(context.env);
    const { signal } = context;
    const indexes: ImageIndexes = new Map();
    const options = { signal, indexes, ...(builder === undefined ? {} : { builder }) };
    const images = await describeImages(folder, files, visibility, options);
    await writeIndexes(folder, indexes);
    const repository = { url: repoUrl ?? null, builds: [] };
    await writeFile(set, formatSet({ fullHash, release: build.release, repository, containers: [], images }));
    const outputs = { set, files: pathToFileURL(folder).href, 'log-url': logUrl };
    return { outcome: 'done', outputs, message: `built ${images.map(({ name }) => name).join(', ')}` };
  },
});
