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
import type { WantedImage } from '../local-file.ts';

/** A file that bytes are taken from, as it was when it was found. */
export interface SourceFile {
  readonly store: Store;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Null where the store gives no sign of which file it is. */
  readonly version: string | null;
}

/** Returns the first place that has a file of this name, and of this size where one is known. @throws ImagesError `no-source` */
export async function findSource(sources: readonly ImageDirectory[], image: WantedImage): Promise<SourceFile> {
  const seen: string[] = [];
  for (const { store, directory } of sources) {
    const path = joinPath(directory, image.name);
    const facts = await store.stat(path);
    const size = facts?.kind === 'file' ? sizeOf(facts, image) : null;
    if (size !== null && (image.size === null || size === image.size)) {
      return { store, path, size, version: facts?.version ?? null };
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
 * @throws StoreError `changed` when the file became another one since it was found; `not-supported` when the server
 *   gives no parts of files
 */
export function readPart(
  { store, path, version }: SourceFile,
  range: { readonly offset: number; readonly length: number },
  sink: Sink,
  effects: ImagesEffects,
): Promise<void> {
  return readRangeResuming(store, path, { ...range, ...(version === null ? {} : { version }) }, sink, { effects });
}

/** Gives a whole file to a sink, in ranges where the server has them. */
export async function readAll(source: SourceFile, sink: Sink, effects: ImagesEffects): Promise<void> {
  if (source.size === 0) return;
  try {
    await readPart(source, { offset: 0, length: source.size }, sink, effects);
  } catch (error) {
    if (!isStoreError(error, 'not-supported')) throw error;
    await readStream(source, sink, effects);
  }
}

/** As {@link readAll}, from a server that knows no ranges. */
export async function readStream(source: SourceFile, sink: Sink, effects: ImagesEffects): Promise<void> {
  const { store, path } = source;
  const content = await store.read(path);
  for await (const piece of readResuming(store, path, content, { effects })) await sink(piece);
}
