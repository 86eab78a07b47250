import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root as top } from '../../../scripts/workspaces.ts';
import { runMeasured } from '../measured-command.ts';
import { hashesFolder, type SeededHash } from './seed.ts';
import type { BenchSshd, World } from './world.ts';

type Words = readonly [string, ...string[]];
type Flags = Readonly<Record<string, string>>;

/**
 * Returns the command of one run of sync-images, as users run it: a new process of the built command. `dist/` is taken
 * as it is: `npm run build` comes first, or what was built before is measured.
 * @param home where its own files go
 */
export function syncImages(mode: 'fetch' | 'publish' | 'link', hash: string, home: string, flags: Flags): Words {
  const all: Flags = {
    ...{ mode, release: 'master', distro: 'centos9', 'full-hash': hash, 'out-dir': home },
    layout: '{distro}/{release}/rdo_trunk/{hash}',
    'link-layout': '{distro}/{release}/rdo_trunk/{label}',
    ...flags,
  };
  const words = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  return [process.execPath, join(top, 'dist', 'tagflow.js'), 'sync-images', ...words];
}

/** What a fetch needs besides the place that it reads from. */
export interface FetchTask {
  readonly hash: SeededHash;
  readonly into: string;
  readonly cache?: string;
  /** Names them, for a tree without set.json, or to fetch one alone. Default: those of set.json. */
  readonly files?: readonly string[];
}

/** Returns the command that fetches a hash of a tree below the world's root, from nginx. */
export function fetchOurs(world: World, tree: string, { hash, into, cache, files }: FetchTask, home: string): Words {
  return syncImages('fetch', hash.hash, home, {
    ...{ source: world.urlOf(tree), destination: pathToFileURL(into).href },
    ...(cache === undefined ? {} : { cache }),
    ...(files === undefined ? {} : { files: files.join(',') }),
  });
}

/** What is published: all of a hash, or one image of it. */
export interface PublishTask {
  readonly rdo: string;
  readonly hash: SeededHash;
  readonly only?: string;
  /** False for a folder that nobody described: its digests are computed, and its `.md5` files compared. Default true. */
  readonly described?: boolean;
}

/** Returns the command that publishes what was built of a hash, from RDO's tree, in a tree of an SFTP server. */
export function publishOurs(task: PublishTask, sshd: BenchSshd, tree: string, home: string): Words {
  const { rdo, hash, only, described = true } = task;
  const source = pathToFileURL(join(rdo, hashesFolder, hash.hash)).href;
  const files = only ?? namesOf(hash).join(',');
  const what = described ? { set: setFileOf(rdo, hash, only) } : { files };
  return syncImages('publish', hash.hash, home, { source, ...what, ...sftpFlags(sshd, tree) });
}

/** Returns where the set of a hash is, as build-images describes it; or that of one of its images. */
export function setFileOf(rdo: string, { hash }: SeededHash, only = 'all'): string {
  return join(rdo, 'sets', hash, `${only}.json`);
}

/** Returns the flags for a tree behind an sshd. */
export function sftpFlags(sshd: BenchSshd, tree: string): Flags {
  return {
    destination: `${sshd.url}${tree}`,
    'ssh-key-file': sshd.privateKeyFile,
    'known-hosts': sshd.knownHosts,
  };
}

/** Runs a command that only prepares something. */
export async function runUnmeasured(command: readonly string[], home: string): Promise<void> {
  const run = await runMeasured(command, { cwd: home, env: environment(home) });
  if (run.exitCode !== 0) throw new Error(`${command.join(' ')} ended with ${String(run.exitCode)}: ${run.stderr}`);
}

/** Returns the environment of clients besides PATH. */
export function environment(home: string): Flags {
  return { HOME: home, TMPDIR: home };
}

export function namesOf({ images }: SeededHash): readonly string[] {
  return images.map(({ name }) => name);
}
