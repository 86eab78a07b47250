import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { allInputs, type AnyAction, executeAction, type ExecutionResult, systemClock } from '@tagflow/action-kit';
import { describeImages } from '@tagflow/images';
import {
  buildContainers,
  buildImages,
  buildInterval,
  containerNames,
  type Lab,
  type LabOptions,
  startLab,
  vote,
} from '@tagflow/lab';
import { type Clock, formatSet, type FullHash, fullHashOfCommit } from '@tagflow/model';
import { action as promoteSymlink } from '@tagflow/promote-symlink';
import { action as syncImages } from '@tagflow/sync-images';
import { action as tagAndPush } from '@tagflow/tag-and-push-containers';
import { parse, stringify } from 'yaml';
import { type Ended, type Env, self, startTagflow, type StartedTagflow } from './tagflow.ts';

/** A lab with its tagflow.yaml, and ways to use tagflow in it. */
export interface LabWorld {
  readonly lab: Lab;
  /** The path of tagflow.yaml. */
  readonly config: string;
  /** The paths of the two files that say the same for the two sides of the wall that phase 2 stands behind. */
  readonly zones: { readonly outside: string; readonly inside: string };
  /** The lab's credentials, as environment variables. */
  readonly env: Env;
  /** Starts a tagflow process. */
  start(args: readonly string[], env?: Env): StartedTagflow;
  /** Starts one and waits for its end. */
  run(args: readonly string[], env?: Env): Promise<Ended>;
  /** Runs an action in this process, with `config` and the password unless the inputs say otherwise. */
  act(action: AnyAction, inputs: Readonly<Record<string, string>>, parts?: ActParts): Promise<ExecutionResult>;
  /** Makes a new folder of its own. */
  folder(): Promise<string>;
  /** Writes another tagflow.yaml, changed by `edit`, and returns its path. */
  writeConfig(edit: (config: Tree) => void): Promise<string>;
  close(): Promise<void>;
}

export interface ActParts {
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  readonly env?: Env;
}

/** A part of tagflow.yaml as YAML has it. */
export type Tree = Record<string, unknown>;

const small = { containers: 4, imageBytes: 1 << 16 } as const;

/** Starts a lab that is as small as a promotion can be, unless the options say otherwise. */
export async function startLabWorld(options: LabOptions = {}): Promise<LabWorld> {
  const lab = await startLab({ ...small, self, ...options });
  const config = join(lab.root, 'tagflow.yaml');
  await writeFile(config, lab.config());
  const zones = { outside: join(lab.root, 'outside.yaml'), inside: join(lab.root, 'inside.yaml') };
  await writeFile(zones.outside, lab.zones().outside);
  await writeFile(zones.inside, lab.zones().inside);
  const own = lab.env();
  const folder = (): Promise<string> => mkdtemp(join(lab.root, 'work-'));
  const start: LabWorld['start'] = (args, env = {}) => startTagflow(args, { ...own, ...env }, lab.root);
  return {
    lab,
    config,
    zones,
    env: own,
    folder,
    start,
    run: (args, env) => start(args, env).ended,
    async act(action, inputs, parts = {}) {
      const known = allInputs(action);
      const password = Object.hasOwn(known, 'password') ? { password: lab.dlrn.password } : {};
      const texts = new Map(Object.entries({ config, ...password, ...inputs }));
      const quiet = { debug: () => undefined, info: () => undefined, warning: () => undefined };
      return executeAction(action, texts, {
        clock: parts.clock ?? systemClock,
        signal: parts.signal ?? new AbortController().signal,
        log: quiet,
        progress: () => undefined,
        outDir: await folder(),
        cwd: lab.root,
        actor: 'test',
        random: Math.random,
        env: { ...own, ...parts.env },
      });
    },
    async writeConfig(edit) {
      const tree: unknown = parse(lab.config());
      const copy = subtree(tree);
      edit(copy);
      const path = join(await folder(), 'tagflow.yaml');
      await writeFile(path, stringify(copy));
      return path;
    },
    close: () => lab.close(),
  };
}

/** Returns the mapping below some keys of a configuration. */
export function subtree(value: unknown, ...keys: readonly string[]): Tree {
  const [key, ...rest] = keys;
  if (typeof value !== 'object' || value === null)
    throw new Error(`the lab's tagflow.yaml has no ${key ?? 'mapping'} here`);
  const tree = value as Tree;
  return key === undefined ? tree : subtree(tree[key], ...rest);
}

/** Returns the arguments of a `tagflow run` in a lab. */
export function runArgs(world: Pick<LabWorld, 'config'>, ...phases: readonly string[]): readonly string[] {
  return ['run', ...phases, '--config', world.config, '--password-env', 'DLRN_PASSWORD'];
}

/** Returns the arguments of a `tagflow promote-symlink` for the phase upstream. */
export function promoteArgs(
  world: Pick<LabWorld, 'config'>,
  mode: string,
  ...more: readonly string[]
): readonly string[] {
  const where = ['--config', world.config, '--phase', 'upstream', '--mode', mode];
  return ['promote-symlink', ...where, '--password-env', 'DLRN_PASSWORD', ...more];
}

/** Lets the lab build the next commit and half an hour pass, and returns the hash that `consistent` names then. */
export async function buildCommit(lab: Lab): Promise<FullHash> {
  const row = lab.builder.build();
  await lab.clock.advance(buildInterval);
  return fullHashOfCommit(row);
}

/**
 * Does everything of the phase upstream but its promotion, with votes from elsewhere: a new commit, pinned, its
 * containers and images built and staged in every place. Returns its hash.
 */
export async function stageBuild(world: LabWorld, { votes = true } = {}): Promise<FullHash> {
  const { lab } = world;
  const hash = await buildCommit(lab);
  const phase = { phase: 'upstream', 'full-hash': hash };
  await expectDone(world.act(promoteSymlink, { ...phase, mode: 'pin' }));

  const outDir = await world.folder();
  const work = { fullHash: hash, outDir, signal: new AbortController().signal, write: () => undefined };
  const containers = await buildContainers({
    ...work,
    registryUrl: `${lab.rdo.url}/${namespace}`,
    namePattern: containerPattern,
    names: containerNames(small.containers),
  });
  await expectDone(world.act(tagAndPush, { ...phase, containers }));

  const images = join(outDir, 'images');
  await buildImages({ ...work, outDir: images, files: imageFiles, sizeBytes: small.imageBytes });
  const set = join(outDir, 'set.json');
  const described = { fullHash: hash, release, repository: { url: null, builds: [] }, containers: [] };
  await mkdir(images, { recursive: true });
  await writeFile(set, formatSet({ ...described, images: await describeImages(images, imageFiles, 'public') }));
  await expectDone(world.act(syncImages, { ...phase, mode: 'publish', set, source: pathToFileURL(images).href }));
  if (votes) await voteFor(world, hash);
  return hash;
}

/** Lets a CI system elsewhere report success of every job that upstream's criteria name. */
async function voteFor({ lab }: LabWorld, hash: FullHash): Promise<void> {
  const build = lab.dlrn.state.commits.find((row) => fullHashOfCommit(row) === hash);
  if (build === undefined) throw new Error(`the lab's DLRN has no build ${hash}`);
  const criteria = subtree(parse(lab.config()), 'phases', 'upstream', 'promote', 'criteria')['all-of'];
  if (!Array.isArray(criteria) || criteria.length === 0) throw new Error("upstream's criteria are not a list");
  for (const job of criteria) {
    await vote(lab.dlrn, {
      job: `${job}`,
      success: true,
      subject: build,
      url: lab.ci.logUrl(`${job}`, hash),
      timestamp: 0,
    });
  }
}

async function expectDone(result: Promise<ExecutionResult>): Promise<void> {
  const { outcome, message } = await result;
  if (outcome !== 'done') throw new Error(`a step of the test's own preparation ended as ${outcome}: ${message ?? ''}`);
}

// What the lab's tagflow.yaml says in classic mode.
const release = 'master';
export const namespace = `tripleo${release}`;
export const containerPattern = 'centos-binary-{name}';
export const imageFiles = ['ironic-python-agent.tar', 'overcloud-full.tar'] as const;
