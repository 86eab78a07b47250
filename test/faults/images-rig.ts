import { createCipheriv, createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ExecuteParts, executeAction, type ExecutionResult } from '@tagflow/action-kit';
import {
  type LabImageServer,
  type LabImageServerOptions,
  type LabSftpServer,
  type LabSftpServerOptions,
  startLabImageServer,
  startLabSftpServer,
} from '@tagflow/lab';
import { type FullHash, parseFullHash, parseSet } from '@tagflow/model';
import { action as syncImages } from '@tagflow/sync-images';
import type { ExecutionContext } from 'ava';
import { type Env, startTagflow, type StartedTagflow } from '../pipelines/tagflow.ts';
import { hasty } from './scenario.ts';

export const oldHash = parseFullHash(`${'a'.repeat(40)}_${'1'.repeat(8)}`);
export const newHash = parseFullHash(`${'b'.repeat(40)}_${'2'.repeat(8)}`);

export type Inputs = Readonly<Record<string, string>>;
export type Files = Readonly<Record<string, Buffer>>;

/** An image server: one folder that is written over SFTP and read over HTTP. */
export interface ImagesRig {
  /** What the servers serve. */
  readonly root: string;
  /** Returns the folder of the hashes and labels of a store. */
  store(name: 'rdo' | 'rh1'): string;
  readonly sftp: LabSftpServer;
  readonly web: LabImageServer;
  /** Asked for every request; may be set at any time. */
  readonly faults: {
    sftp: LabSftpServerOptions['fault'] | undefined;
    web: LabImageServerOptions['fault'] | undefined;
  };
  /** Publishes a folder over SFTP. */
  publish(folder: string, hash: FullHash): Inputs;
  /** Fetches a hash over HTTP. */
  fetch(into: string, hash: FullHash, more?: Inputs): Inputs;
  /** Mirrors a hash from HTTP to a folder beside it, over SFTP, with a label. */
  mirror(hash: FullHash): Inputs;
  /** Runs sync-images in this process. */
  act(inputs: Inputs, parts?: Partial<ExecuteParts>): Promise<ExecutionResult>;
  /** Runs it and throws unless it is done. */
  mustDo(inputs: Inputs): Promise<ExecutionResult>;
  /** Starts it as a process. */
  start(inputs: Inputs, env?: Env): StartedTagflow;
  /** Makes a folder, with files in it. */
  folder(files?: Files): Promise<string>;
}

type SftpOptions = Omit<LabSftpServerOptions, 'root' | 'fault' | 'port'>;

/** Starts one; it ends with the test. */
export async function startImagesRig(t: ExecutionContext<unknown>, options: SftpOptions = {}): Promise<ImagesRig> {
  const work = await realpath(await mkdtemp(join(tmpdir(), 'tagflow-faults-')));
  const root = join(work, 'served');
  await mkdir(root);
  const faults: ImagesRig['faults'] = { sftp: undefined, web: undefined };
  const sftp = await startLabSftpServer({ ...options, root, fault: (request) => faults.sftp?.(request) });
  const web = await startLabImageServer({ root, fault: (request) => faults.web?.(request) });
  t.teardown(async () => {
    await Promise.all([sftp.close(), web.close()]);
    await rm(work, { recursive: true, force: true });
  });
  const keyFile = join(work, 'key');
  const knownHosts = join(work, 'known_hosts');
  await writeFile(keyFile, sftp.privateKey, { mode: 0o600 });
  await writeFile(knownHosts, `${sftp.hostKey.trimEnd()}\n`);
  const act: ImagesRig['act'] = async (inputs, parts = {}) => {
    const texts = new Map(Object.entries({ release: 'master', 'known-hosts': knownHosts, ...inputs }));
    if (!texts.has('ssh-key')) texts.set('ssh-key', sftp.privateKey);
    const silent = (): void => undefined;
    return executeAction(syncImages, texts, {
      ...{ clock: hasty, log: { debug: silent, info: silent, warning: silent }, progress: silent },
      ...{ signal: new AbortController().signal, outDir: await mkdtemp(join(work, 'out-')), cwd: work },
      ...{ actor: 'test', random: () => 0.5, env: {} },
      ...parts,
    });
  };
  return {
    ...{ root, sftp, web, faults, act },
    store: (name) => join(root, name, 'master'),
    publish: (folder, hash) => ({
      ...{ mode: 'publish', source: pathToFileURL(folder).href, destination: `${sftp.url}/rdo`, 'full-hash': hash },
    }),
    fetch: (into, hash, more = {}) => ({
      ...{ mode: 'fetch', source: `${web.url}/rdo`, destination: pathToFileURL(into).href, 'full-hash': hash },
      ...more,
    }),
    mirror: (hash) => ({
      ...{ mode: 'mirror', source: `${web.url}/rdo`, destination: `${sftp.url}/rh1`, 'full-hash': hash },
    }),
    mustDo: async (inputs) => {
      const result = await act(inputs);
      if (result.outcome === 'done') return result;
      throw new Error(`what a test builds on ended as ${result.outcome}: ${result.message ?? ''}`);
    },
    start: (inputs, env = {}) => {
      const all = { release: 'master', 'ssh-key-file': keyFile, 'known-hosts': knownHosts, ...inputs };
      const flags = Object.entries(all).flatMap(([name, text]) => [`--${name}`, text]);
      return startTagflow(['sync-images', ...flags], env, work);
    },
    folder: async (files = {}) => {
      const path = await mkdtemp(join(work, 'files-'));
      for (const [name, bytes] of Object.entries(files)) await writeFile(join(path, name), bytes);
      return path;
    },
  };
}

/** Returns bytes that no compression and no delta makes less of; the same for the same seed. */
export function noise(bytes: number, seed: string): Buffer {
  const key = createHash('md5').update(seed).digest();
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
}

const body = noise(1_200_000, 'body');

/** The images of a hash, with a run of zeros in one. */
export const oldFiles: Files = {
  'ironic-python-agent.tar': noise(200_001, 'agent'),
  'overcloud-full.tar': Buffer.concat([body, Buffer.alloc(500_000), noise(300_000, 'old')]),
};

/** Those of the hash after it, which has most of it at other places. */
export const newFiles: Files = {
  'ironic-python-agent.tar': noise(210_001, 'next agent'),
  'overcloud-full.tar': Buffer.concat([noise(70_001, 'head'), body, Buffer.alloc(400_000), noise(250_003, 'new')]),
};

export const sizeOf = (files: Files): number => Object.values(files).reduce((sum, { length }) => sum + length, 0);
export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Returns the names that a reader of a folder sees. */
export async function visibleIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((): readonly string[] => []);
  return names.filter((name) => !name.startsWith('.')).sort();
}

/** Returns what a reader of a store could trip over, a sentence for each: a label or a hash that is not there whole. */
export async function halvesIn(store: string): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const name of await visibleIn(store)) {
    const folder = join(store, name);
    const text = await readFile(join(folder, 'set.json'), 'utf8').catch(() => null);
    if (text === null) {
      problems.push(`${name} has no set.json`);
      continue;
    }
    for (const image of parseSet(text, name).images) {
      const bytes = await readFile(join(folder, image.name)).catch(() => null);
      if (bytes === null || sha256(bytes) !== image.sha256) problems.push(`${name}/${image.name} is not whole`);
      for (const kind of ['sha256', 'md5'] as const) {
        const said = await readFile(join(folder, `${image.name}.${kind}`), 'utf8').catch(() => '');
        if (said !== `${image[kind]}  ${image.name}\n`) problems.push(`${name}/${image.name}.${kind} says ${said}`);
      }
    }
  }
  return problems;
}

/** Returns the files that are not in a folder with exactly these bytes. */
export async function differing(folder: string, files: Files): Promise<readonly string[]> {
  const equal = await Promise.all(
    Object.entries(files).map(async ([name, bytes]) => {
      const found = await readFile(join(folder, name)).catch(() => null);
      return found?.equals(bytes) === true;
    }),
  );
  return Object.keys(files).filter((_name, at) => !equal[at]);
}

const dying = import.meta.resolve('./images-dying.ts');

/**
 * Returns the environment of a process whose changes of this machine's disk are counted: it dies before one of a
 * number, or the disk takes no more than some bytes.
 */
export function dyingEnv({ dieAt, room }: { readonly dieAt?: number; readonly room?: number }): Env {
  return {
    NODE_OPTIONS: `--import ${dying}`,
    ...(dieAt === undefined ? {} : { TEST_DIE_AT: String(dieAt) }),
    ...(room === undefined ? {} : { TEST_ROOM: String(room) }),
  };
}
