import { lstat, mkdir, open, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ImageEntry } from '@tagflow/model';
import type { Checksum } from '../checksum.ts';
import { ImagesError } from '../error.ts';
import { needsMd5, type WantedImage } from '../fetch/local-file.ts';
import { claimOwnPart, type PartClaim, tryClaimPart } from '../fetch/part-lock.ts';
import type { CacheContext } from './context.ts';
import { type EntryPaths, entryIn, entryPaths, isComplete } from './entry.ts';
import { errorCode, withoutMissing } from './file-errors.ts';
import { type CachedImage, discard, findImage, indexOf } from './find.ts';
import { mark } from './marks.ts';
import { filesOfPart, recoverPart, stagedOf, wholeOf } from './parts.ts';
import { makeRoom } from './prune.ts';
import { roomOf } from './scan.ts';
import { writeSeen } from './seen.ts';

/** The right to bring an image into the cache. */
export interface Reservation {
  /** Where the file grows; what an earlier run left is there already. Names that begin with it are the caller's too. */
  readonly part: string;
  /** Gets the whole file, checked, by a rename. */
  readonly target: string;
  /** False where the part is one's own copy, which no later run continues. */
  readonly resumable: boolean;
  /** Makes the file at `target` an entry, which has the digests of `image`. */
  complete(image: ImageEntry, index: Uint8Array | null): Promise<CachedImage>;
  /** Gives the right back, whether the entry is complete or not. */
  release(): Promise<void>;
}

export type Reserved = { readonly found: CachedImage } | { readonly found: null; readonly reservation: Reservation };

const pollMs = 250;
/** A job that has brought nothing new for so long is not waited for. */
const stalledMs = 2 * 60 * 1000;

/**
 * Returns the image when it is there, and else the right to bring it. While another job brings it, waits for that job
 * as long as its file grows: one download for all. When the other one dies, one of those that wait goes on with its
 * part; when it only stalls, each makes a copy of its own.
 * @throws ImagesError `disk-full`
 */
export async function reserveImage(context: CacheContext, wanted: WantedImage, signal: AbortSignal): Promise<Reserved> {
  const part = join(context.parts, partName(context, wanted));
  let progress = { seen: '', at: context.clock.now() };
  let saidSo = false;
  for (;;) {
    signal.throwIfAborted();
    const found = await findImage(context, wanted, signal);
    if (found !== null) return { found };
    const claim = await tryClaimPart(part);
    if (claim !== null) {
      // The other one may have come to its end between our look and our claim.
      const late = await withRelease(claim, () => findImage(context, wanted, signal));
      if (late !== null) {
        await claim.release();
        return { found: late };
      }
      return { found: null, reservation: await reserve(context, wanted, claim) };
    }
    const seen = await progressOf(context, basename(part));
    const now = context.clock.now();
    if (seen !== progress.seen) progress = { seen, at: now };
    if (now - progress.at >= stalledMs) {
      context.log.warning(`${wanted.name}: the job that fetches it has stopped moving; fetching a copy of our own`);
      return { found: null, reservation: await reserve(context, wanted, claimOwnPart(part)) };
    }
    if (!saidSo) context.log.info(`${wanted.name}: another job of this machine fetches it; waiting for it`);
    saidSo = true;
    await context.clock.sleep(pollMs, signal);
  }
}

async function reserve(context: CacheContext, wanted: WantedImage, claim: PartClaim): Promise<Reservation> {
  const { path: part, resumable, release } = claim;
  await withRelease(claim, async () => {
    await recoverPart(part, wanted.name);
    const present = await roomOf(part);
    await makeRoom(context, Math.max(0, (wanted.size ?? 0) - present), wanted.name);
  });
  const complete = async (image: ImageEntry, index: Uint8Array | null): Promise<CachedImage> => {
    // The md5 of a set is hearsay: nobody computed it on the way, and no look-up may rest on it.
    const checksum = { size: image.size, sha256: image.sha256, md5: needsMd5(wanted) ? image.md5 : null };
    return completeEntry(context, part, { image, checksum, index });
  };
  return { part, target: wholeOf(part), resumable, complete, release };
}

async function withRelease<T>(claim: PartClaim, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await claim.release();
    throw error;
  }
}

interface Arrival {
  readonly image: ImageEntry;
  /** What was computed. */
  readonly checksum: Checksum;
  readonly index: Uint8Array | null;
}

/** Puts together everything that belongs to an entry, its marker last, and lets it appear in one step. */
async function completeEntry(
  context: CacheContext,
  part: string,
  { image, checksum, index }: Arrival,
): Promise<CachedImage> {
  const staged = entryIn(stagedOf(part), image.name, image.sha256);
  const entry = entryPaths(context.root, image.name, image.sha256);
  await rm(staged.folder, { recursive: true, force: true });
  await mkdir(staged.files, { recursive: true });
  await rename(wholeOf(part), staged.image);
  if (index !== null) await writeSynced(staged.index, index);
  await writeSeen(staged.image, checksum, context.clock);
  await mark(staged.folder, 'use', context);
  await writeFile(staged.marker, '');
  const now = context.clock.now() / 1000;
  await utimes(staged.marker, now, now);
  const found = await appear(context, staged, entry, image);
  await rm(staged.folder, { recursive: true, force: true });
  return found;
}

async function appear(
  context: CacheContext,
  staged: EntryPaths,
  entry: EntryPaths,
  image: ImageEntry,
): Promise<CachedImage> {
  for (let attempt = 0; attempt < 10; attempt++) {
    await makeNameFolder(dirname(entry.folder));
    try {
      await rename(staged.folder, entry.folder);
      context.held.add(entry.folder);
      return { path: entry.image, indexPath: await indexOf(entry), image };
    } catch (error) {
      // Pruning removes the folder of the name when it is empty.
      if (errorCode(error) === 'ENOENT' && (await isComplete(staged))) continue;
      if (!['ENOTEMPTY', 'EEXIST', 'EPERM', 'ENOTDIR'].includes(errorCode(error))) throw error;
    }
    // Another job was first, or something stands there that is no entry.
    const there = await findImage(context, image, new AbortController().signal);
    if (there !== null) return there;
    const standing = await withoutMissing(lstat(entry.folder));
    if (standing !== null) await discard(context, entry, standing.ino);
  }
  throw new ImagesError('not-taken', `${entry.folder} is taken away again and again by somebody else`);
}

async function makeNameFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  if ((await withoutMissing(lstat(path)))?.isSymbolicLink() !== true) return;
  throw new ImagesError('bad-layout', `${path} leads out of the cache`, { next: 'Remove this link.' });
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** @throws ImagesError `no-checksum` */
function partName({ root }: CacheContext, { name, sha256, md5 }: WantedImage): string {
  if (sha256 === null && md5 === null) {
    throw new ImagesError('no-checksum', `image ${name} has no digest: it cannot be checked`);
  }
  entryPaths(root, name, sha256 ?? '0'.repeat(64)); // the name is checked
  return `${name}.${sha256 ?? `md5-${md5 ?? ''}`}.part`;
}

async function progressOf(context: CacheContext, part: string): Promise<string> {
  const names = await filesOfPart(context, part);
  const states = await Promise.all(
    names.map(async (name) => {
      const facts = await withoutMissing(lstat(join(context.parts, name), { bigint: true }));
      return facts === null ? name : [name, facts.size, facts.blocks, facts.mtimeNs].join(' ');
    }),
  );
  return states.sort().join('\n');
}
