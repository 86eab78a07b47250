import {
  type ArtifactSet,
  type Check,
  type ImageEntry,
  messageOf,
  TagflowError,
  visibleIn,
  type Visibility,
} from '@tagflow/model';
import { joinPath, StoreError } from '@tagflow/store';
import { type Checksum, startChecksum } from '../checksum.ts';
import { countBytes } from '../count-bytes.ts';
import type { ImageDirectory, ImagesEffects } from '../effects.ts';
import { readSums } from '../image-state.ts';
import { streamOf } from '../transfer/source-file.ts';
import { lookInto } from './look-into.ts';
import { sourceOf } from './piece-source.ts';

export interface ImageSetRequest {
  /** Where the files of the hash are served. */
  readonly place: ImageDirectory;
  readonly set: ArtifactSet;
  /** Of the store: images for insiders are looked for only where they may be. */
  readonly visibility: Visibility;
  /** `quick`: sizes and the checksum files beside the images; else every image is read whole and looked into. */
  readonly depth: 'quick' | 'sample' | 'full';
}

interface Findings {
  readonly problems: readonly string[];
  readonly detail: string;
  readonly bytes: number;
}

/**
 * Reads the images of a set where they are served, in one pass over their bytes, and tells of each what was found: size,
 * checksums, the files beside it, and what it holds. What is wrong is told, and never thrown.
 * @throws the signal's reason
 */
export async function verifyImageSet(
  { place, set, visibility, depth }: ImageSetRequest,
  onCheck: (check: Check) => void,
  effects: ImagesEffects,
): Promise<void> {
  const { images } = visibleIn(set, visibility);
  const count = countBytes(effects, `verify images in ${place.store.url}`, images);
  for (const image of images) {
    effects.signal.throwIfAborted();
    const subject = joinPath(joinPath(place.store.url, place.directory), image.name);
    const { problems, detail, bytes } = await look(place, image, subject, depth, effects);
    const ok = problems.length === 0;
    onCheck({ kind: 'image', subject, detail: ok ? detail : problems.join('; '), ok, bytes });
    count(image.size, 0);
  }
}

async function look(
  place: ImageDirectory,
  image: ImageEntry,
  where: string,
  depth: ImageSetRequest['depth'],
  effects: ImagesEffects,
): Promise<Findings> {
  const problems: string[] = [];
  const failed = (error: unknown): null => {
    effects.signal.throwIfAborted();
    if (!(error instanceof TagflowError)) throw error;
    problems.push(messageOf(error));
    return null;
  };
  const path = joinPath(place.directory, image.name);
  const facts = await place.store.stat(path).catch((error: unknown) => {
    failed(error);
    return undefined;
  });
  if (facts === null) problems.push(`${where} is not there`);
  else if (facts !== undefined && facts.kind !== 'file') problems.push(`${where} is not a file`);
  else if (facts !== undefined && facts.size !== null && facts.size !== image.size) {
    problems.push(`${where} has ${facts.size} bytes, the set says ${image.size}`);
  }
  const isReadable = problems.length === 0 && facts !== undefined && facts !== null;
  const sums = await readSums(place, image).catch(failed);
  for (const kind of ['md5', 'sha256'] as const) {
    const [beside, said] = [sums?.[kind] ?? null, image[kind]];
    if (beside !== null && said !== null && beside !== said) {
      problems.push(`${where}.${kind} says ${beside}, the set says ${said}`);
    }
  }
  const beside = (['md5', 'sha256'] as const).filter((kind) => (sums?.[kind] ?? null) !== null);
  const files = beside.length === 0 ? 'no checksum file beside it' : `${beside.join(' and ')} beside it`;
  if (!isReadable || depth === 'quick') return { problems, detail: `has its size; ${files}`, bytes: 0 };

  const md5 = image.md5 ?? sums?.md5 ?? null;
  const state = startChecksum(md5 !== null);
  const file = { store: place.store, path, size: image.size, version: facts.version };
  const source = sourceOf(
    tapped(streamOf(file, effects), (piece) => state.update(piece)),
    image.size,
  );
  try {
    const contents = await lookInto(source, image.name, where).catch((error: unknown) => {
      if (error instanceof StoreError) throw error;
      return failed(error);
    });
    // The checksum is of all of it, whatever it holds.
    await source.finish();
    problems.push(...(contents?.problems ?? []));
    const found = state.finish();
    problems.push(...differences(found, { ...image, md5 }, where));
    const detail = `${contents?.what ?? 'a file'}, with its size and sha256; ${files}`;
    return { problems, detail, bytes: found.size };
  } catch (error) {
    failed(error);
    return { problems, detail: '', bytes: state.finish().size };
  }
}

/** `expected` is what the set says; an md5 may be that of the file beside the image alone. */
function differences(found: Checksum, expected: Checksum, where: string): readonly string[] {
  if (found.size !== expected.size) return [`${where} has ${found.size} bytes, the set says ${expected.size}`];
  return (['sha256', 'md5'] as const).flatMap((kind) =>
    expected[kind] === null || found[kind] === expected[kind]
      ? []
      : [`${where} has the ${kind} ${found[kind]}, expected ${expected[kind]}`],
  );
}

async function* tapped(
  pieces: AsyncIterable<Uint8Array>,
  tap: (piece: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    tap(piece);
    yield piece;
  }
}
