import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageEntry } from '@tagflow/model';
import { joinPath, type Store } from '@tagflow/store';
import type { CachedImage } from '../cache/find.ts';
import type { ImageCache } from '../cache/image-cache.ts';
import { readSeen, writeSeen } from '../cache/seen.ts';
import { type ChunkIndex, formatChunkIndex, parseChunkIndex } from '../chunks/chunk-index.ts';
import type { ImageDirectory, ImagesEffects } from '../effects.ts';
import { checkLocalFile, needsMd5, type WantedImage } from './local-file.ts';
import { claimPart } from './part-lock.ts';
import { type Base, copyImage, type CopyReport } from '../transfer/copy-image.ts';
import { indexSuffix, readIndex } from '../transfer/index-beside.ts';
import { partName } from '../transfer/part-name.ts';
import { findSource, type SourceFile } from '../transfer/source-file.ts';
import type { CountBytes } from '../transfer/tally.ts';

export interface Bringing {
  readonly source: ImageDirectory;
  /** An absolute path. */
  readonly into: string;
  readonly cache: ImageCache | null;
  /** This machine's whole file system, as a store. */
  readonly disk: Store;
  readonly onBytes: CountBytes;
}

/** What an image is, and what it took to bring it. */
export interface Brought {
  readonly image: ImageEntry;
  /** Bytes that travelled. */
  readonly moved: number;
  readonly wasThere: boolean;
}

/** Brings one image into a folder of this machine, and returns what it is and how many bytes travelled. */
export async function bringImage(wanted: WantedImage, bringing: Bringing, effects: ImagesEffects): Promise<Brought> {
  const { into, cache, onBytes } = bringing;
  const present = await checkLocalFile(join(into, wanted.name), wanted, effects.signal);
  if (present !== null) {
    onBytes(0, present.size);
    return { image: present, moved: 0, wasThere: true };
  }
  return cache === null ? bringAlone(wanted, bringing, effects) : bringByCache(wanted, bringing, cache, effects);
}

async function bringByCache(
  wanted: WantedImage,
  bringing: Bringing,
  cache: ImageCache,
  effects: ImagesEffects,
): Promise<Brought> {
  const to = join(bringing.into, wanted.name);
  const take = async (found: CachedImage): Promise<Brought> => {
    await cache.place(found, to, effects.signal);
    bringing.onBytes(0, found.image.size);
    return { image: found.image, moved: 0, wasThere: false };
  };
  const kept = await cache.find(wanted, effects.signal);
  if (kept !== null) return take(kept);
  // The source's word for the size, before anything has to go for it.
  const { file: source } = await findSource([bringing.source], wanted);
  const reserved = await cache.reserve({ ...wanted, size: source.size }, effects.signal);
  if (reserved.found !== null) return take(reserved.found);
  const { reservation } = reserved;
  try {
    const bases: Base[] = [];
    for (const { path, indexPath } of await cache.bases(wanted, 1)) {
      const index = await parseIndexFile(indexPath);
      if (index !== null) bases.push({ path: inStore(path), index });
    }
    const { image, index, moved } = await download(source, wanted, bringing, { ...reservation, bases }, effects);
    const entry = await reservation.complete(image, index === null ? null : formatChunkIndex(index));
    await cache.place(entry, to, effects.signal);
    return { image, moved, wasThere: false };
  } finally {
    await reservation.release();
  }
}

async function bringAlone(wanted: WantedImage, bringing: Bringing, effects: ImagesEffects): Promise<Brought> {
  const target = join(bringing.into, wanted.name);
  const indexPath = join(bringing.into, `.${wanted.name}${indexSuffix}`);
  const { file: source } = await findSource([bringing.source], wanted);
  const claim = await claimPart(join(bringing.into, partName(wanted)));
  try {
    const old = await parseIndexFile(indexPath);
    // One that was changed since, or that another tool put there, would cost a second copy when it shows at the end.
    const isOld = old !== null && (await readSeen(target))?.sha256 === old.sha256;
    const bases = isOld ? [{ path: inStore(target), index: old }] : [];
    const { image, index, moved } = await download(
      source,
      wanted,
      bringing,
      { part: claim.path, target, bases },
      effects,
    );
    // One that was only promised is no evidence.
    await writeSeen(target, { ...image, md5: needsMd5(wanted) ? image.md5 : null }, effects.clock);
    // The image is there; on a disk that is full by now, the next run copies more, and that is all.
    if (index !== null) await writeFile(indexPath, formatChunkIndex(index)).catch(() => undefined);
    return { image, moved, wasThere: false };
  } finally {
    await claim.release();
  }
}

async function download(
  file: SourceFile,
  wanted: WantedImage,
  { source, disk, onBytes }: Bringing,
  { part, target, bases }: { readonly part: string; readonly target: string; readonly bases: readonly Base[] },
  effects: ImagesEffects,
): Promise<CopyReport> {
  const index = await readIndex(source, wanted, effects);
  const places = { to: disk, part: inStore(part), target: inStore(target) };
  return copyImage({ ...places, ...{ source: file, wanted, index, bases, onBytes }, buildIndex: false }, effects);
}

/** An index of this machine that is damaged is as good as none. */
async function parseIndexFile(path: string): Promise<ChunkIndex | null> {
  try {
    return parseChunkIndex(await readFile(path), path);
  } catch {
    return null;
  }
}

function inStore(path: string): string {
  return joinPath(...path.split('/'));
}
