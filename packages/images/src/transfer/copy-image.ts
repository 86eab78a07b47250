import type { ImageEntry } from '@tagflow/model';
import { isStoreError, joinPath, type PartFile, type Store } from '@tagflow/store';
import { type ChecksumState, startChecksum } from '../checksum.ts';
import type { ChunkIndex } from '../chunks/chunk-index.ts';
import { createIndexBuilder } from '../chunks/index-builder.ts';
import { planTransfer, planWhole, type TransferPlan } from '../chunks/transfer-plan.ts';
import type { ImagesEffects } from '../effects.ts';
import { ImagesError } from '../error.ts';
import { matchImage, needsMd5, type WantedImage } from '../local-file.ts';
import { assemble, type Assembly } from './assemble.ts';
import { digestAt } from './digest-at.ts';
import { pour } from './pour.ts';
import { readPart, readStream, type SourceFile } from './source-file.ts';

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
  /** Where the file grows: a name that holds what is known of its digest. */
  readonly part: string;
  readonly target: string;
  readonly bases: readonly Base[];
  /** Makes an index from what travels, where there is none. */
  readonly buildIndex: boolean;
  readonly onBytes: Assembly['onBytes'];
}

export interface CopyReport {
  readonly image: ImageEntry;
  readonly index: ChunkIndex | null;
  /** Bytes that travelled. */
  readonly moved: number;
}

// Before a lost connection is opened again.
const pauseMs = 1000;

/** Returns the hidden name under which an image grows: two files of one name never share it. */
export function partName({ name, sha256, md5 }: WantedImage): string {
  const digest = sha256 ?? md5;
  if (digest !== null) return `.${name}.${digest.slice(0, 12)}.part`;
  throw new ImagesError('no-checksum', `image ${name} has no digest: it cannot be checked`);
}

/** How one attempt goes about it. */
interface Attempt {
  /** Believes the index, and uses what a base or an earlier run left. */
  readonly reuses: boolean;
  /** For servers that give no parts of files. */
  readonly streams: boolean;
}

/**
 * Copies one image to another store, or to this machine, and returns what it is. It grows under the name of a part,
 * which an interrupted run leaves and the next one continues; chunks that a base has are copied at the destination.
 * The file gets its name only when all of it has the promised digest there. What went wrong with reused bytes is made
 * good by one whole copy.
 * @throws ImagesError `checksum-mismatch`; nothing is left behind then
 */
export async function copyImage(options: CopyOptions, effects: ImagesEffects): Promise<CopyReport> {
  const { to, part, target, wanted } = options;
  let moved = 0;
  let attempt: Attempt = { reuses: true, streams: false };
  let reached = (await to.stat(part))?.size ?? 0;
  const counted: CopyOptions = {
    ...options,
    onBytes: (travelled, saved) => {
      moved += travelled;
      options.onBytes(travelled, saved);
    },
  };
  for (;;) {
    let copied: Copied;
    try {
      copied = await copyOnce(counted, attempt, effects);
    } catch (error) {
      if (!attempt.streams && isStoreError(error, 'not-supported')) {
        effects.log.info(`${error.message}: ${wanted.name} travels as a whole`);
        attempt = { ...attempt, streams: true };
        continue;
      }
      if (!isStoreError(error, 'unreachable')) throw error;
      await effects.clock.sleep(pauseMs, effects.signal);
      // What has arrived is kept. Each attempt has to get further: that ends by itself.
      const arrived = (await to.stat(part))?.size ?? 0;
      if (arrived <= reached) throw error;
      reached = arrived;
      effects.log.info(`${error.message}; going on with ${wanted.name} at byte ${reached} of ${options.source.size}`);
      continue;
    }
    if (copied.image !== null) {
      await arrive(to, part, target);
      return { image: copied.image, index: copied.index, moved };
    }
    await to.remove(part);
    if (!copied.reused || (await isAnother(options))) throw mismatch(options, copied.actual);
    effects.log.warning(`${wanted.name}: what was there already does not belong to it; it is copied whole`);
    attempt = { ...attempt, reuses: false };
  }
}

interface Copied {
  /** Null when it is not what is wanted. */
  readonly image: ImageEntry | null;
  readonly actual: string;
  readonly index: ChunkIndex | null;
  readonly reused: boolean;
}

async function copyOnce(options: CopyOptions, attempt: Attempt, effects: ImagesEffects): Promise<Copied> {
  const { source, wanted, to, part } = options;
  const { size } = source;
  const file = await to.openPart(part);
  let reused: boolean;
  let written: TransferPlan;
  // Digests come along with the bytes where the bytes pass through here anyway, or where nobody knows them yet.
  const checksum = to.local || wanted.sha256 === null ? startChecksum(needsMd5(wanted)) : null;
  const builder =
    options.buildIndex && options.index === null ? createIndexBuilder({ hashesWhole: checksum === null }) : null;
  try {
    const from = await continueAt(file, size, attempt);
    const taps = [checksum, builder].filter((one) => one !== null);
    const tap = taps.length === 0 ? null : (bytes: Uint8Array) => taps.forEach((one) => one.update(bytes));
    const bases = attempt.reuses && !attempt.streams && canReuse(to, file, checksum) ? options.bases : [];
    const plan = planFor(options, bases, attempt);
    reused = from > 0 || plan.some(({ kind }) => kind !== 'source');
    if (from > 0) {
      if (tap !== null) await readBeginning(options, from, tap, attempt, effects);
      options.onBytes(0, from);
    }
    const assembly = { plan, from, source, part: file, store: to, bases: bases.map(({ path }) => path), tap };
    await (attempt.streams ? pour : assemble)({ ...assembly, onBytes: options.onBytes }, effects);
    await file.finish(size);
    // What an earlier run wrote may be anything; what nobody wrote are zeros.
    written = from === 0 && !attempt.streams ? plan : planWhole(size);
  } finally {
    await file.close();
  }
  const seen = checksum?.finish() ?? null;
  const expected = { ...wanted, size, sha256: wanted.sha256 ?? seen?.sha256 ?? null };
  const found =
    to.local && seen !== null
      ? seen
      : { size, sha256: await digestAt(to, part, expected, effects, written), md5: null };
  const image = matchImage(expected, { ...found, md5: seen?.md5 ?? null });
  const index = options.index ?? (image === null ? null : (builder?.finish(seen ?? undefined) ?? null));
  return { image, index, actual: `${size} bytes, sha256 ${found.sha256}`, reused };
}

/** Returns how many bytes of the part are kept. */
async function continueAt(file: PartFile, size: number, { reuses }: Attempt): Promise<number> {
  if (file.present === 0 || (reuses && file.present <= size)) return file.present;
  await file.finish(0);
  return 0;
}

/** A server copies by itself what nobody has to see; on this machine everything is seen. */
function canReuse(to: Store, file: PartFile, checksum: ChecksumState | null): boolean {
  return to.local || (file.copy !== null && checksum === null);
}

function planFor({ index, source, wanted }: CopyOptions, bases: readonly Base[], { reuses }: Attempt): TransferPlan {
  const fits = index !== null && index.size === source.size && (wanted.sha256 ?? index.sha256) === index.sha256;
  if (!fits || !reuses) return planWhole(source.size);
  return planTransfer(
    index,
    bases.map((base) => base.index),
  );
}

/** What was written by an earlier run counts for the digests too; far away, it is read where it came from. */
async function readBeginning(
  { to, part, source }: CopyOptions,
  from: number,
  tap: (bytes: Uint8Array) => void,
  { streams }: Attempt,
  effects: ImagesEffects,
): Promise<void> {
  const file = to.local ? { store: to, path: part, size: from, version: null } : source;
  if (file === source && streams) {
    let left = from;
    await readStream(
      source,
      (piece) => {
        if (left > 0) tap(piece.subarray(0, Math.min(left, piece.length)));
        left -= piece.length;
      },
      effects,
    );
  } else {
    await readPart(file, { offset: 0, length: from }, tap, effects);
  }
}

/** Whether the source itself is not what is wanted; told only where looking costs no bytes on the wire. */
async function isAnother({ source, wanted }: CopyOptions): Promise<boolean> {
  if (!source.store.local || wanted.sha256 === null) return false;
  return (await source.store.digest(source.path)) !== wanted.sha256;
}

async function arrive(to: Store, part: string, target: string): Promise<void> {
  try {
    await to.rename(part, target);
  } catch (error) {
    // Another run that copied the same bytes gave them their name: the part's name holds their digest.
    if (!isStoreError(error, 'not-found') || (await to.stat(target))?.kind !== 'file') throw error;
  }
}

function mismatch({ source, wanted, to }: CopyOptions, actual: string): ImagesError {
  const expected = [
    ...(wanted.size === null ? [] : [`${wanted.size} bytes`]),
    wanted.sha256 === null ? `md5 ${wanted.md5 ?? ''}` : `sha256 ${wanted.sha256}`,
  ].join(', ');
  return new ImagesError(
    'checksum-mismatch',
    `${joinPath(source.store.url, source.path)}${to.local ? '' : `: what arrived in ${to.url}`} has ${actual}; expected ${expected}`,
    { next: 'The file is being replaced at its source, or is not the one that was promised: verify the source.' },
  );
}
