import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { formatSet, parseSet } from '@tagflow/model';
import { runForeign } from '../../peers/foreign.ts';
import { startRealNginx } from '../../peers/real-nginx.ts';
import { type RealSshd, startRealSshd } from '../../peers/real-sshd.ts';
import { type CommandRun, runMeasured } from '../measured-command.ts';
import { readLoopbackBytes } from './loopback.ts';
import { environment, namesOf, runUnmeasured, setFileOf, syncImages } from './ours.ts';
import { readProcessTree } from './process-tree.ts';
import type { ImageModel } from './pieces.ts';
import { type Bars, createBars } from './report.ts';
import { makeScratch } from './scratch.ts';
import { hashesFolder, makeSeed, type SeededHash } from './seed.ts';

/** What a command took at its own end, at the servers' and between. */
export interface ImagesRun extends CommandRun {
  /** Of nginx and of both sshd with their sessions. */
  readonly serverCpuMs: number;
  readonly wireBytes: number;
}

/** Two successive hashes as RDO has them, and as sync-images publishes them. */
export interface Trees {
  /** Folders that hold `{@link hashesFolder}/HASH`. RDO's has only `.md5` beside the images. */
  readonly rdo: string;
  readonly ours: string;
  readonly previous: SeededHash;
  readonly next: SeededHash;
}

/** An sshd with what OpenSSH's clients need to log in. */
export interface BenchSshd extends RealSshd {
  /** An ssh_config in which it is called `images`. */
  readonly config: string;
}

/** Servers and folders of the benchmark. */
export interface World {
  readonly scale: number;
  readonly root: string;
  /** Both ends lie in memory; else on the disk of the temporary files. */
  readonly inMemory: boolean;
  readonly trees: Trees;
  /** Where nginx serves a folder below `root`. */
  urlOf(folder: string): string;
  /** Runs commands, too. */
  readonly sshd: BenchSshd;
  /** Has SFTP and nothing else. */
  readonly sftpOnly: BenchSshd;
  readonly bars: Bars;
  readonly print: (line: string) => void;
  /** Two successive hashes of which that part of the extents differs. The folder is made. */
  makeTrees(name: string, options: Pick<ImageModel, 'scale' | 'change'>): Promise<Trees>;
  /** Runs a command under measurement. `home` becomes its HOME. */
  observe(command: readonly string[], options: { readonly cwd: string; readonly home: string }): Promise<ImagesRun>;
  /** Resolves when no session of a client is left. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** The part of the extents that differs between two hashes in a day of RDO, about. */
export const usualChange = 0.07;
// The data of two hashes; of what clients leave, two whole hashes in a cache and one outside of it are the most.
const roomAtScale1 = 6e9;

export async function startWorld(scale: number, print: (line: string) => void): Promise<World> {
  await using started = new AsyncDisposableStack();
  const scratch = await makeScratch(roomAtScale1 * scale + 2e8);
  started.defer(() => scratch.close());
  const { root, inMemory } = scratch;
  const folder = async (name: string): Promise<string> => {
    await mkdir(join(root, name), { recursive: true });
    return join(root, name);
  };
  const nginx = await startRealNginx({ root: await folder('nginx'), served: root });
  started.defer(() => nginx.close());
  const sshd = await startBenchSshd(await folder('sshd'), true);
  started.defer(() => sshd.close());
  const sftpOnly = await startBenchSshd(await folder('sftp-only'), false);
  started.defer(() => sftpOnly.close());

  const settled = async (): Promise<void> => {
    // Below the shell is the server, and below that are its sessions.
    while ([sshd, sftpOnly].some(({ pid }) => readProcessTree(pid).depth > 1)) await sleep(10);
  };
  const serverCpuMs = (): number =>
    [nginx, sshd, sftpOnly].reduce((sum, { pid }) => sum + readProcessTree(pid).cpuMs, 0);
  const observe: World['observe'] = async (command, { cwd, home }) => {
    await settled();
    const before = { wire: readLoopbackBytes(), cpu: serverCpuMs() };
    const run = await runMeasured(command, { cwd, env: environment(home) });
    await settled();
    return { ...run, serverCpuMs: serverCpuMs() - before.cpu, wireBytes: readLoopbackBytes() - before.wire };
  };
  const makeTrees = async (name: string, options: Pick<ImageModel, 'scale' | 'change'>): Promise<Trees> => {
    const rdo = await folder(`${name}/rdo`);
    const ours = await folder(`${name}/ours`);
    const [previous, next] = await makeSeed(rdo, { seed: 'lab', ...options }, 2);
    if (previous === undefined || next === undefined) throw new Error('the seed has no two hashes');
    const home = await folder('publisher');
    for (const hash of [previous, next]) await publishLocally(rdo, ours, hash, home);
    await rm(home, { recursive: true });
    return { rdo, ours, previous, next };
  };
  const trees = await makeTrees('trees', { scale, change: usualChange });
  const running = started.move();
  return {
    ...{ scale, root, inMemory, trees, sshd, sftpOnly, bars: createBars(print), print, makeTrees, observe, settled },
    urlOf: (path) => `${nginx.url}${path.slice(root.length)}`,
    close: () => running.disposeAsync(),
  };
}

/** Publishes a hash in our tree. Its images are then the very files of RDO's tree: memory holds them once. */
async function publishLocally(rdo: string, ours: string, hash: SeededHash, home: string): Promise<void> {
  const from = join(rdo, hashesFolder, hash.hash);
  const [source, destination] = [pathToFileURL(from).href, pathToFileURL(ours).href];
  await runUnmeasured(
    syncImages('publish', hash.hash, home, { source, destination, files: namesOf(hash).join(',') }),
    home,
  );
  for (const name of namesOf(hash)) {
    await runForeign('ln', ['-f', join(from, name), join(ours, hashesFolder, hash.hash, name)]);
  }
  const set = parseSet(await readFile(join(ours, hashesFolder, hash.hash, 'set.json'), 'utf8'), 'set.json');
  await mkdir(dirname(setFileOf(rdo, hash)), { recursive: true });
  await writeFile(setFileOf(rdo, hash), formatSet(set));
  for (const image of set.images)
    await writeFile(setFileOf(rdo, hash, image.name), formatSet({ ...set, images: [image] }));
}

async function startBenchSshd(root: string, commands: boolean): Promise<BenchSshd> {
  const sshd = await startRealSshd(root, { commands });
  const { username, hostname, port } = new URL(sshd.url);
  const config = join(root, 'ssh_config');
  const lines = [
    ...['Host images', `HostName ${hostname}`, `Port ${port}`, `User ${username}`, 'BatchMode yes', 'LogLevel ERROR'],
    ...[`IdentityFile ${sshd.privateKeyFile}`, 'IdentitiesOnly yes', `UserKnownHostsFile ${sshd.knownHosts}`],
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  return { ...sshd, config };
}
