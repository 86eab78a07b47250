import type { ImageEntry } from '@tagflow/model';
import { isStoreError, joinPath, type PartFile, type Store } from '@tagflow/store';
import { startChecksum } from '../checksum.ts';
import type { ChunkIndex } from '../chunks/chunk-index.ts';
import { createIndexBuilder } from '../chunks/index-builder.ts';
import { planTransfer, planWhole } from '../chunks/transfer-plan.ts';
import type { ImagesEffects } from '../effects.ts';
import { ImagesError } from '../error.ts';
import { matchImage, needsMd5, type WantedImage } from '../fetch/local-file.ts';
import { assemble } from './assemble.ts';
import { type CountBytes, createTally, type Tally } from './tally.ts';
import { digestAt } from './digest-at.ts';
import { pour } from './pour.ts';
import { readPart, type SourceFile, streamOf } from './source-file.ts';
import { Trouble } from './trouble.ts';

/** A file at the destination that may hold much of what is wanted. */
export interface Base {
  /** In the store that is written to. */
  readonly path: string;
  readonly index: ChunkIndex;
}

export interface CopyOptions {
  readonly source: SourceFile;
  readonly wanted: WantedImage;
  /** The chunks of what is wanted; null where nobody published them. */
  readonly index: ChunkIndex | null;
  readonly to: Store;
  /** Where the file grows; nobody else writes there. What is there already is continued. */
  readonly part: string;
  readonly target: string;
  readonly bases: readonly Base[];
  /** Makes an index from what travels, where there is none. */
  readonly buildIndex: boolean;
  /** Called when the part is whole and has the right digest, before it gets its name. */
  readonly beforeArrival?: (image: ImageEntry, index: ChunkIndex | null) => Promise<void>;
  readonly onBytes: CountBytes;
}

export interface CopyReport {
  readonly image: ImageEntry;
  readonly index: ChunkIndex | null;
  /** Bytes that travelled. */
  readonly moved: number;
}

// Before a lost connection is opened again.
const pauseMs = 1000;

/** How one attempt goes about it. */
interface Attempt {
  /** Believes the index, and takes what a base has. */
  readonly hints: boolean;
  /** For servers that give no parts of files. */
  readonly streams: boolean;
  /** All that is in the part came from the source just now. */
  readonly fresh: boolean;
}

/**
 * Copies one image to another store, or to this machine, and returns what it is. It grows under the name of a part,
 * which an interrupted run leaves and the next one continues; chunks that a base has are copied at the destination.
 * The file gets its name only when all of it has the promised digest there. Where an index, a base or an old part was of
 * no use, the image is copied whole; where the destination was lost for a moment, from where it had got to.
 * @throws ImagesError `checksum-mismatch`; nothing is left behind then
 */
export async function copyImage(options: CopyOptions, effects: ImagesEffects): Promise<CopyReport> {
  const { to, part, target, wanted, source } = options;
  const tally = createTally(options.onBytes);
  let attempt: Attempt = { hints: true, streams: false, fresh: false };
  let reached = (await to.stat(part))?.size ?? 0;
  for (;;) {
    let copied: Copied;
    try {
      copied = await copyOnce(options, attempt, tally, effects);
    } catch (error) {
      if (error instanceof Trouble) {
        effects.log.info(`${error.message}: ${wanted.name} is sent whole`);
        attempt = error.kind === 'base' ? { ...attempt, hints: false } : { ...attempt, streams: true };
        continue;
      }
      if (!isStoreError(error, 'unreachable')) throw error;
      await effects.clock.sleep(pauseMs, effects.signal);
      // What has arrived is kept. Each attempt has to get further: that ends by itself.
      const arrived = (await to.stat(part))?.size ?? 0;
      if (arrived <= reached) throw error;
      reached = arrived;
      effects.log.info(`${error.message}; going on with ${wanted.name} at byte ${reached} of ${source.size}`);
      continue;
    }
    if (copied.image !== null) {
      await options.beforeArrival?.(copied.image, copied.index);
      await to.rename(part, target);
      return { image: copied.image, index: copied.index, moved: tally.moved() };
    }
    await to.remove(part);
    if (attempt.fresh || !copied.reused || (await isAnother(options))) throw mismatch(options, copied.actual);
    effects.log.warning(`${wanted.name}: what was there already does not belong to it; it is copied whole`);
    attempt = { ...attempt, hints: false, fresh: true };
    reached = 0;
  }
}

interface Copied {
  /** Null when it is not what is wanted. */
  readonly image: ImageEntry | null;
  readonly actual: string;
  readonly index: ChunkIndex | null;
  readonly reused: boolean;
}

async function copyOnce(
  options: CopyOptions,
  { hints, streams }: Attempt,
  tally: Tally,
  effects: ImagesEffects,
): Promise<Copied> {
  const { source, wanted, to, part } = options;
  const { size } = source;
  const index = hints ? fitting(options) : null;
  // Digests come along with the bytes where the bytes pass through here anyway, or where nobody knows them yet.
  const checksum = to.local || wanted.sha256 === null ? startChecksum(needsMd5(wanted)) : null;
  const builder = options.buildIndex && index === null ? createIndexBuilder({ hashesWhole: checksum === null }) : null;
  const taps = [checksum, builder].filter((one) => one !== null);
  const tap = taps.length === 0 ? null : (bytes: Uint8Array) => taps.forEach((one) => one.update(bytes));
  const file = await openKept(to, part, size);
  const from = file.present;
  // A server copies by itself what nobody has to see; on this machine everything is seen.
  const bases = !streams && (to.local || (file.copy !== null && tap === null)) ? options.bases : [];
  const plan =
    index === null
      ? planWhole(size)
      : planTransfer(
          index,
          bases.map((base) => base.index),
        );
  try {
    tally.begin(from);
    if (from > 0 && tap !== null) await readBeginning(options, from, tap, streams, tally, effects);
    const assembly = { plan, from, source, part: file, store: to, bases: bases.map(({ path }) => path), tap };
    await (streams ? pour : assemble)({ ...assembly, onBytes: tally.count }, effects);
    await file.finish(size);
  } finally {
    await file.close();
  }
  const seen = checksum?.finish() ?? null;
  const expected = { ...wanted, size, sha256: wanted.sha256 ?? seen?.sha256 ?? null };
  // What an earlier run wrote may be anything; what nobody wrote are zeros.
  const written = from === 0 && !streams ? plan : planWhole(size);
  const sha256 = to.local && seen !== null ? seen.sha256 : await digestAt(to, part, expected, effects, written);
  const image = matchImage(expected, { size, sha256, md5: seen?.md5 ?? null });
  const built = image === null || from > 0 ? null : (builder?.finish(seen ?? undefined) ?? null);
  const reused = from > 0 || plan.some(({ kind }) => kind !== 'source');
  return { image, index: index ?? built, actual: `${size} bytes, sha256 ${sha256}`, reused };
}

/** Returns the index where it can be that of the image. */
function fitting({ index, source, wanted }: CopyOptions): ChunkIndex | null {
  const fits = index !== null && index.size === source.size && (wanted.sha256 ?? index.sha256) === index.sha256;
  return fits ? index : null;
}

/** Opens the part, with what of it may be kept: of this size a beginning, and nothing longer. */
async function openKept(to: Store, part: string, size: number): Promise<PartFile> {
  const file = await to.openPart(part);
  if (file.present <= size) return file;
  await file.close();
  await to.remove(part);
  return to.openPart(part);
}

/** What is there already counts for the digests too; far away, it is read where it came from. */
async function readBeginning(
  { to, part, source }: CopyOptions,
  from: number,
  tap: (bytes: Uint8Array) => void,
  streams: boolean,
  tally: Tally,
  effects: ImagesEffects,
): Promise<void> {
  if (to.local) {
    await readPart({ store: to, path: part, size: from, version: null }, { offset: 0, length: from }, tap, effects);
    return;
  }
  tally.readAgain(from);
  if (!streams) {
    await readPart(source, { offset: 0, length: from }, tap, effects);
    return;
  }
  let left = from;
  for await (const piece of streamOf(source, effects)) {
    tap(piece.subarray(0, Math.min(left, piece.length)));
    left -= piece.length;
    if (left <= 0) return;
  }
}

/** Whether the source itself is not what is wanted; told only where looking costs no bytes on the wire. */
async function isAnother({ source, wanted }: CopyOptions): Promise<boolean> {
  if (!source.store.local || wanted.sha256 === null) return false;
  return (await source.store.digest(source.path)) !== wanted.sha256;
}

function mismatch({ source, wanted, to }: CopyOptions, actual: string): ImagesError {
  const where = joinPath(source.store.url, source.path);
  const expected = [
    ...(wanted.size === null ? [] : [`${wanted.size} bytes`]),
    wanted.sha256 === null ? `md5 ${wanted.md5 ?? ''}` : `sha256 ${wanted.sha256}`,
  ].join(', ');
  return new ImagesError(
    'checksum-mismatch',
    `${where}${to.local ? '' : `: what arrived in ${to.url}`} has ${actual}; expected ${expected}`,
    { next: 'The file is being replaced at its source, or is not the one that was promised: verify the source.' },
  );
}
