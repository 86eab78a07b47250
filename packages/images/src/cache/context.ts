import { lstat, mkdir, statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Effects } from '@tagflow/model';
import { ImagesError } from '../error.ts';
import { newOwnerId } from './owner.ts';

export interface CacheLimits {
  /** Disk room of all entries together; null: whatever the disk has. Bytes. */
  readonly maxBytes: number | null;
  /** Entries that were not used for longer go. Milliseconds; null: never. */
  readonly maxAgeMs: number | null;
}

export interface CacheOptions {
  /** Default: no limit but the disk. */
  readonly limits?: CacheLimits;
  /** Returns how many bytes a folder's disk has left. Default: what statfs says. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

export type CacheEffects = Pick<Effects, 'clock' | 'log'>;

/** What all parts of the cache share. */
export interface CacheContext extends CacheEffects {
  readonly root: string;
  /** Where files grow, and where they go before they are removed: on one disk with the entries. */
  readonly parts: string;
  readonly trash: string;
  /** Names the marks of this opening. */
  readonly id: string;
  /** Folders of entries that this opening uses. */
  readonly held: Set<string>;
  readonly limits: CacheLimits;
  readonly freeBytes: (folder: string) => Promise<number>;
}

/** Makes what is missing. @throws ImagesError `bad-layout` when one of the cache's own folders is a link */
export async function openContext(
  folder: string,
  { clock, log }: CacheEffects,
  options: CacheOptions,
): Promise<CacheContext> {
  const root = resolve(folder);
  const own = join(root, '.tagflow-images');
  const [parts, trash] = [join(own, 'parts'), join(own, 'trash')];
  for (const path of [root, own, parts, trash]) {
    await mkdir(path, { recursive: true });
    if (path === root || (await lstat(path)).isDirectory()) continue;
    throw new ImagesError('bad-layout', `${path} is not a folder of the cache, but leads elsewhere`, {
      next: 'Remove it: the cache makes it again.',
    });
  }
  return {
    root,
    parts,
    trash,
    id: newOwnerId(),
    held: new Set(),
    limits: options.limits ?? { maxBytes: null, maxAgeMs: null },
    freeBytes: options.freeBytes ?? freeBytesOf,
    clock,
    log,
  };
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
