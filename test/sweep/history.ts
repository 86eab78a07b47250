import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { allInputs, type AnyAction } from '@tagflow/action-kit';
import { describeImages } from '@tagflow/images';
import { buildContainers, buildImages, containerNames, vote } from '@tagflow/lab';
import { type FullHash, formatSet, fullHashOfCommit } from '@tagflow/model';
import { action as promoteSymlink } from '@tagflow/promote-symlink';
import { action as syncImages } from '@tagflow/sync-images';
import { action as tagAndPush } from '@tagflow/tag-and-push-containers';
import { parse } from 'yaml';
import { buildCommit, containerPattern, type LabWorld, namespace, subtree } from '../pipelines/lab-world.ts';

/** What a set holds, and the tagflow.yaml that says so. */
export interface SetSize {
  readonly config: string;
  readonly containers: number;
  readonly images: readonly string[];
}

type Inputs = Readonly<Record<string, string>>;

const imageBytes = 1 << 12;
const release = 'master';

/** Promotes three sets, one after another, and builds a fourth that has every vote and whose
 * containers are in the registry where they were built, not yet in the other one. Returns their hashes, oldest first. */
export async function makeHistory(
  world: LabWorld,
  size: SetSize,
): Promise<readonly [FullHash, FullHash, FullHash, FullHash]> {
  const next = async (): Promise<FullHash> => {
    const hash = await build(world, size);
    await done(world, promoteSymlink, { config: size.config });
    return hash;
  };
  return [await next(), await next(), await next(), await build(world, size, { destinations: 'rdo' })];
}

/** A new commit, pinned, built, staged everywhere, with the votes of CI systems elsewhere. */
async function build(world: LabWorld, size: SetSize, where: Inputs = {}): Promise<FullHash> {
  const hash = await buildCommit(world.lab);
  await done(world, promoteSymlink, { config: size.config, mode: 'pin', 'full-hash': hash });
  await publish(world, hash, size, where);
  await voteFor(world, hash);
  return hash;
}

async function publish(world: LabWorld, hash: FullHash, size: SetSize, where: Inputs): Promise<void> {
  const outDir = await world.folder();
  const work = { fullHash: hash, outDir, signal: new AbortController().signal, write: () => undefined };
  const containers = await buildContainers({
    ...work,
    registryUrl: `${world.lab.rdo.url}/${namespace}`,
    namePattern: containerPattern,
    names: containerNames(size.containers),
  });
  await done(world, tagAndPush, { config: size.config, 'full-hash': hash, containers, ...where });

  const images = join(outDir, 'images');
  await mkdir(images, { recursive: true });
  await buildImages({ ...work, outDir: images, files: size.images, sizeBytes: imageBytes });
  const set = join(outDir, 'set.json');
  const described = { fullHash: hash, release, repository: { url: null, builds: [] }, containers: [] };
  await writeFile(set, formatSet({ ...described, images: await describeImages(images, size.images, 'public') }));
  const source = pathToFileURL(images).href;
  await done(world, syncImages, { config: size.config, 'full-hash': hash, mode: 'publish', set, source });
}

async function voteFor({ lab }: LabWorld, hash: FullHash): Promise<void> {
  const subject = lab.dlrn.state.commits.find((row) => fullHashOfCommit(row) === hash);
  const jobs = subtree(parse(lab.config()), 'phases', 'upstream', 'promote', 'criteria')['all-of'];
  if (subject === undefined || !Array.isArray(jobs)) throw new Error(`nobody can vote on ${hash}`);
  for (const job of jobs.map(String)) {
    await vote(lab.dlrn, { job, success: true, subject, url: lab.ci.logUrl(job, hash), timestamp: 0 });
  }
}

async function done(world: LabWorld, action: AnyAction, inputs: Inputs): Promise<void> {
  const specs = allInputs(action);
  const ssh = Object.hasOwn(specs, 'ssh-key') ? await sshInputs(world) : {};
  const result = await world.act(action, { phase: 'upstream', ...ssh, ...inputs });
  if (result.outcome !== 'done') throw new Error(`${action.name} ended as ${result.outcome}: ${result.message ?? ''}`);
}

async function sshInputs({ env }: LabWorld): Promise<Readonly<Record<string, string>>> {
  const key = await readFile(env['TAGFLOW_SSH_KEY_FILE'] ?? '', 'utf8');
  return { 'ssh-key': key, 'known-hosts': env['TAGFLOW_KNOWN_HOSTS'] ?? '' };
}
