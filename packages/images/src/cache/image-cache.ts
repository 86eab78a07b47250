import type { WantedImage } from '../fetch/local-file.ts';
import { type CacheEffects, type CacheLimits, type CacheOptions, openContext } from './context.ts';
import { type CachedImage, entriesOf, findImage, hold, indexOf } from './find.ts';
import { unmark } from './marks.ts';
import { placeFile } from './place.ts';
import { type CachePruneReport, pruneEntries } from './prune.ts';
import { type Reserved, reserveImage } from './reserve.ts';
import { scanEntry } from './scan.ts';

/** An older image in the cache that a delta may take bytes from. They are not checked again: the result has to be. */
export interface CachedBase {
  readonly path: string;
  readonly indexPath: string;
  readonly sha256: string;
}

/**
 * Images that all jobs of a machine share. What it hands out stays until it is closed, or until the process ends.
 */
export interface ImageCache {
  /** Absolute; all paths that are handed out are below it, on one disk. */
  readonly root: string;
  /**
   * Returns the image when it is there, whole and undamaged. A damaged one is removed, with a warning. An image of
   * which only the md5 is known is found when it was brought by its md5.
   */
  find(wanted: WantedImage, signal: AbortSignal): Promise<CachedImage | null>;
  /**
   * Returns the image when it is there, also after waiting for another job that brings it; else the right to bring it.
   * @throws ImagesError `disk-full`, `no-checksum`, `bad-layout`
   */
  reserve(wanted: WantedImage, signal: AbortSignal): Promise<Reserved>;
  /** Returns at most `limit` other images of the same name that have an index, the last used first. */
  bases(wanted: WantedImage, limit: number): Promise<readonly CachedBase[]>;
  /**
   * Copies a file of the cache to a job's folder, in one step and with its holes. Where the disk can, the copy takes no
   * room until one of both is changed. @throws ImagesError `disk-full`
   */
  place(from: CachedImage, to: string, signal: AbortSignal): Promise<void>;
  /** Removes what is over the limits (default: those the cache was opened with), the longest unused first. */
  prune(limits?: CacheLimits): Promise<CachePruneReport>;
  /** Gives back everything that was handed out. */
  close(): Promise<void>;
}

/**
 * Opens the cache in a folder, which is made when it is missing; other things in it are left alone.
 * @throws ImagesError `bad-layout` when one of its own folders is a link
 */
export async function openImageCache(
  root: string,
  effects: CacheEffects,
  options: CacheOptions = {},
): Promise<ImageCache> {
  const context = await openContext(root, effects, options);
  return {
    root: context.root,
    find: (wanted, signal) => findImage(context, wanted, signal),
    reserve: (wanted, signal) => reserveImage(context, wanted, signal),
    bases: async ({ name, sha256 }, limit) => {
      const others = (await entriesOf(context.root, name)).filter((entry) => entry.sha256 !== sha256);
      const scanned = (await Promise.all(others.map(scanEntry))).filter((one) => one !== null);
      const bases: CachedBase[] = [];
      for (const { entry } of scanned.sort((a, b) => b.lastUse - a.lastUse)) {
        if (bases.length === limit) break;
        const indexPath = await indexOf(entry);
        if (indexPath !== null && (await hold(context, entry))) {
          bases.push({ path: entry.image, indexPath, sha256: entry.sha256 });
        }
      }
      return bases;
    },
    place: (from, to, signal) => placeFile(from, to, context.clock, signal),
    prune: (limits = context.limits) => pruneEntries(context, limits),
    close: async () => {
      for (const folder of context.held) await unmark(folder, 'use', context);
      context.held.clear();
    },
  };
}
