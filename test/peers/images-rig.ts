import { createCipheriv, createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type FullHash, parseFullHash } from '@tagflow/model';
import type { ExecutionContext } from 'ava';
import { answerOf, type Answer, type StartedTagflow, startTagflow } from '../pipelines/tagflow.ts';
import { type ImagesNginx, startImagesNginx } from './images-nginx.ts';
import { type RealSshd, startRealSshd } from './real-sshd.ts';

export const oldHash = parseFullHash(`${'a'.repeat(40)}_${'1'.repeat(8)}`);
export const newHash = parseFullHash(`${'b'.repeat(40)}_${'2'.repeat(8)}`);
export const mib = 1024 * 1024;

export type Inputs = Readonly<Record<string, string>>;

/** An image server as it is in the world: OpenSSH writes a folder, nginx shows it. */
export interface ImagesRig {
  /** The folder of the hashes and labels of a store. */
  store(name: 'rdo' | 'rh1'): string;
  readonly nginx: ImagesNginx;
  /** `sftp://…` of a store. */
  sftp(name: 'rdo' | 'rh1'): string;
  readonly sshd: RealSshd;
  publish(folder: string, hash: FullHash): Inputs;
  fetch(into: string, hash: FullHash, more?: Inputs): Inputs;
  /** Starts `tagflow sync-images` as a process. */
  start(inputs: Inputs): StartedTagflow;
  /** Runs it, and throws unless it ended so. */
  run(inputs: Inputs, outcome?: string): Promise<Answer>;
  folder(): Promise<string>;
}

export interface RigOptions {
  /** Whether the SSH server runs commands. Default true. */
  readonly commands?: boolean;
  /** For nginx. */
  readonly directives?: string;
}

/** Starts one; it ends with the test. */
export async function startImagesRig(t: ExecutionContext<unknown>, options: RigOptions = {}): Promise<ImagesRig> {
  const work = await realpath(await mkdtemp(join(tmpdir(), 'tagflow-images-')));
  t.teardown(() => rm(work, { recursive: true, force: true }));
  const [served, keys, web] = ['served', 'keys', 'web'].map((name) => join(work, name)) as [string, string, string];
  for (const path of [served, keys, web]) await mkdir(path);
  const sshd = await startRealSshd(keys, { commands: options.commands ?? true });
  t.teardown(() => sshd.close());
  const nginx = await startImagesNginx(web, served, options.directives);
  t.teardown(() => nginx.close());
  const login = { 'ssh-key-file': sshd.privateKeyFile, 'known-hosts': sshd.knownHosts };
  const sftp: ImagesRig['sftp'] = (name) => `${sshd.url}${served}/${name}`;
  const start: ImagesRig['start'] = (inputs) => {
    const flags = Object.entries({ release: 'master', ...login, ...inputs });
    return startTagflow(
      ['sync-images', ...flags.flatMap(([name, text]) => (text === 'true' ? [`--${name}`] : [`--${name}`, text]))],
      {},
      work,
    );
  };
  return {
    ...{ nginx, sshd, sftp, start },
    store: (name) => join(served, name, 'master'),
    publish: (folder, hash) => ({
      ...{ mode: 'publish', source: pathToFileURL(folder).href, destination: sftp('rdo'), 'full-hash': hash },
    }),
    fetch: (into, hash, more = {}) => ({
      ...{ mode: 'fetch', source: `${nginx.url}/rdo`, destination: pathToFileURL(into).href, 'full-hash': hash },
      ...more,
    }),
    run: async (inputs, outcome = 'done') => {
      const answer = answerOf(await start(inputs).ended);
      if (answer.outcome === outcome) return answer;
      throw new Error(`sync-images --mode ${inputs['mode']}: ${answer.outcome}: ${answer.error?.message}`);
    },
    folder: () => mkdtemp(join(work, 'files-')),
  };
}

/** Returns bytes that no compression and no delta makes less of; the same for the same seed. */
export function noise(bytes: number, seed: string): Buffer {
  const key = createHash('md5').update(seed).digest();
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
}

/** Writes a file of pieces with holes of 8 MiB between them. */
async function writeSparse(path: string, pieces: readonly Buffer[]): Promise<void> {
  const file = await open(path, 'w');
  let at = 0;
  for (const piece of pieces) {
    await file.write(piece, 0, piece.length, at);
    at += piece.length + 8 * mib;
  }
  await file.truncate(at);
  await file.close();
}

/** Writes the images of a hash: `shared` is in every hash, the rest in none but this. */
export async function writeImages(folder: string, seed: string): Promise<string> {
  const shared = noise(6 * mib, 'shared');
  const fresh = noise(mib / 2, seed);
  await writeFile(
    join(folder, 'ironic-python-agent.tar'),
    Buffer.concat([noise(100_001, seed), noise(2 * mib, 'agent')]),
  );
  await writeFile(join(folder, 'overcloud-full.tar'), Buffer.concat([noise(70_001, `${seed} head`), shared]));
  await writeSparse(join(folder, 'undercloud.qcow2'), [noise(3 * mib, 'under'), fresh, noise(mib, 'cloud')]);
  return folder;
}

export const imageNames = ['ironic-python-agent.tar', 'overcloud-full.tar', 'undercloud.qcow2'] as const;
/** Bytes of the images of a hash, holes among them and not. */
export const imageBytes = 100_001 + 2 * mib + 70_001 + 6 * mib + 4.5 * mib + 24 * mib;
export const dataBytes = imageBytes - 24 * mib;
/** Bytes that two hashes do not have in common. */
export const freshBytes = 100_001 + 70_001 + mib / 2;

/** Returns the names of images that are not the same bytes in both folders. */
export async function differing(one: string, other: string): Promise<readonly string[]> {
  const equal = await Promise.all(
    imageNames.map(async (name) => (await readFile(join(one, name))).equals(await readFile(join(other, name)))),
  );
  return imageNames.filter((_name, at) => !equal[at]);
}

/** Bytes of room that a file takes on its disk. */
export async function roomOf(path: string): Promise<number> {
  return (await stat(path)).blocks * 512;
}
