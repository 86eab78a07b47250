import {
  isStoreError,
  joinPath,
  readRangeResuming,
  readResuming,
  type Sink,
  type Stat,
  type Store,
} from '@tagflow/store';
import type { ImageDirectory, ImagesEffects } from '../effects.ts';
import { ImagesError } from '../error.ts';
import type { WantedImage } from '../fetch/local-file.ts';
import { Trouble } from './trouble.ts';

/** A file that bytes are taken from, as it was when it was found. */
export interface SourceFile {
  readonly store: Store;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Null where the store gives no sign of which file it is. */
  readonly version: string | null;
}

/** A source, and the places after it, which may have the file as well. */
export interface FoundSource {
  readonly file: SourceFile;
  readonly others: readonly ImageDirectory[];
}

/**
 * Returns the first place that has a file of this name, and of this size where one is known.
 * @throws ImagesError `no-source`
 */
export async function findSource(sources: readonly ImageDirectory[], image: WantedImage): Promise<FoundSource> {
  const seen: string[] = [];
  for (const [at, { store, directory }] of sources.entries()) {
    const path = joinPath(directory, image.name);
    const facts = await store.stat(path);
    const size = facts?.kind === 'file' ? sizeOf(facts, image) : null;
    if (size !== null && (image.size === null || size === image.size)) {
      return { file: { store, path, size, version: facts?.version ?? null }, others: sources.slice(at + 1) };
    }
    seen.push(`${joinPath(store.url, directory)} (${size === null ? 'not there' : `${size} bytes`})`);
  }
  const bytes = image.size === null ? '' : ` (${image.size} bytes)`;
  throw new ImagesError(
    'no-source',
    `image ${image.name}${bytes} is nowhere to be copied from; looked in: ${seen.join(', ') || 'no place at all'}`,
    { next: 'Give a source that holds it, or publish it there first.' },
  );
}

/** A web server that does not say how long a file is may still be right about what is in it. */
function sizeOf(facts: Stat, image: WantedImage): number | null {
  return facts.size ?? image.size;
}

/**
 * Gives a part of a source to a sink, and takes broken reads up again.
 * @throws StoreError `changed` when the file became another one since it was found; Trouble `no-ranges`
 */
export async function readPart(
  { store, path, version }: SourceFile,
  range: { readonly offset: number; readonly length: number },
  sink: Sink,
  effects: ImagesEffects,
): Promise<void> {
  const whole = { ...range, ...(version === null ? {} : { version }) };
  try {
    await readRangeResuming(store, path, whole, sink, { effects });
  } catch (error) {
    throw isStoreError(error, 'not-supported') ? new Trouble('no-ranges', error) : error;
  }
}

/** Gives a whole file to a sink, in ranges where the server has them. */
export async function readAll(source: SourceFile, sink: Sink, effects: ImagesEffects): Promise<void> {
  if (source.size === 0) return;
  try {
    await readPart(source, { offset: 0, length: source.size }, sink, effects);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    for await (const piece of streamOf(source, effects)) await sink(piece);
  }
}

/** Yields a whole file, from a server that knows no ranges. */
export async function* streamOf({ store, path }: SourceFile, effects: ImagesEffects): AsyncGenerator<Uint8Array> {
  yield* readResuming(store, path, await store.read(path), { effects });
}
