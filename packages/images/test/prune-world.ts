import { mkdir, readdir, readlink, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Effects } from '@tagflow/model';
import type { Store } from '@tagflow/store';
import type { PruneEntry, PruneOptions } from '../src/prune/prune.ts';
import { testEffects } from './world.ts';

export const day = 24 * 60 * 60 * 1000;

/** Where the clock of these tests stands still. */
export const now = Date.UTC(2026, 0, 31);

export const hashOf = (digit: string): string => `${digit.repeat(40)}_${digit.repeat(8)}`;

export function standing(): Effects & { said: string[] } {
  return { ...testEffects(), clock: { now: () => now, sleep: () => Promise.resolve() } };
}

export const defaults = { folder: 'master', linkFolders: ['master'], olderThanMs: 10 * day } as const;

export function optionsOf(store: Store, more: Partial<PruneOptions> = {}): PruneOptions {
  return { store, ...defaults, ...more };
}

/** Makes a directory with two files, all of one age in days. */
export async function makeBuild(root: string, path: string, days: number): Promise<void> {
  await mkdir(join(root, path), { recursive: true });
  for (const name of ['overcloud-full.tar', 'set.json']) {
    await writeFile(join(root, path, name), 'four');
    await age(root, `${path}/${name}`, days);
  }
  await age(root, path, days);
}

export async function age(root: string, path: string, days: number): Promise<void> {
  const time = new Date(now - days * day);
  await utimes(join(root, path), time, time);
}

export async function makeLink(root: string, path: string, target: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await symlink(target, join(root, path));
}

/** Returns every path with what it is, links with their targets. */
export async function tree(root: string, folder = ''): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink()) lines.push(`${path} -> ${await readlink(join(root, path))}`);
    else if (entry.isDirectory()) lines.push(`${path}/`, ...(await tree(root, path)));
    else lines.push(path);
  }
  return lines.sort();
}

/** Returns the entries as texts: the digit of a hash, and why. */
export function told(entries: readonly PruneEntry[]): readonly string[] {
  return entries
    .map(({ path, why }) => `${path.replace('master/', '').replace(/([0-9a-f])\1{39}_\1{8}/, '$1')}: ${why}`)
    .sort();
}
