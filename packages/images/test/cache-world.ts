import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Effects, ImageEntry } from '@tagflow/model';
import { type ImageCache, openImageCache } from '../src/cache/image-cache.ts';
import type { CacheOptions } from '../src/cache/context.ts';
import type { CachedImage } from '../src/cache/find.ts';
import { temporaryFolder } from './world.ts';

export const signal = new AbortController().signal;
export const day = 86_400_000;

/** The time, and what was said. Sleeping brings the time forward; a short sleep lets the file system's clock tick. */
export function cacheEffects(start = Date.now()) {
  const said: string[] = [];
  let now = start;
  const say = (message: string): void => void said.push(message);
  const clock: Effects['clock'] & { advance(ms: number): void } = {
    now: () => now,
    advance: (ms) => void (now += ms),
    sleep: (ms) => {
      now += ms;
      return ms < 100 ? letFilesAge() : Promise.resolve();
    },
  };
  return { said, clock, log: { debug: () => undefined, info: say, warning: say } };
}

/** Lets one tick of the file system's clock pass: the one clock here that nobody can pass in. */
export const letFilesAge = (): Promise<void> => setTimeout(60);

export async function openCache(options: CacheOptions & { readonly root?: string; readonly start?: number } = {}) {
  const root = options.root ?? join(await temporaryFolder(), 'cache');
  const effects = cacheEffects(options.start);
  return { root, ...effects, cache: await openImageCache(root, effects, options) };
}

export function imageOf(name: string, bytes: Uint8Array): ImageEntry {
  const digest = (kind: string): string => createHash(kind).update(bytes).digest('hex');
  return { name, size: bytes.length, sha256: digest('sha256'), md5: digest('md5'), visibility: 'public' };
}

/** Brings an image into the cache as a fetch does. */
export async function bring(
  cache: ImageCache,
  name: string,
  bytes: Uint8Array,
  { index = null, known = 'sha256' }: { index?: Uint8Array | null; known?: 'sha256' | 'md5' } = {},
): Promise<CachedImage> {
  const image = imageOf(name, bytes);
  const reserved = await cache.reserve(known === 'md5' ? { ...image, size: null, sha256: null } : image, signal);
  if (reserved.found !== null) return reserved.found;
  const { part, target, complete, release } = reserved.reservation;
  await writeFile(part, bytes);
  await rename(part, target);
  const found = await complete(image, index);
  await release();
  return found;
}

/** Where tool-cache keeps a version of a tool, written out. */
export function toolFolder(root: string, name: string, sha256: string): string {
  return `${root}/${name}/0.0.0-sha256-${sha256}/noarch`;
}

export async function newFolder(...parts: readonly string[]): Promise<string> {
  const path = join(await temporaryFolder(), ...parts);
  await mkdir(path, { recursive: true });
  return path;
}
