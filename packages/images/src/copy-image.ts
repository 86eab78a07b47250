import type { ImageEntry } from '@tagflow/model';
import { joinPath, readResuming, type Store, skipBytes } from '@tagflow/store';
import { checksumOf } from './checksum.ts';
import type { ImageDirectory, ImagesEffects } from './effects.ts';
import { ImagesError } from './error.ts';

/**
 * Copies one file between directories of two stores and returns how many bytes travelled. It grows under a hidden name
 * that holds its digest, so that an interrupted copy is completed and never with bytes of another file; it gets its own
 * name only after it was read back whole at the far end and has the right sha256.
 * @throws ImagesError `checksum-mismatch`
 */
export async function copyImage(
  from: ImageDirectory,
  to: ImageDirectory,
  image: ImageEntry,
  effects: ImagesEffects,
  onBytes: (bytes: number) => void,
): Promise<number> {
  const part = joinPath(to.directory, `.${image.name}.${image.sha256.slice(0, 12)}.part`);
  const source = (offset: number): AsyncIterable<Uint8Array> => readSource(from, image, offset, effects, onBytes);
  let moved = 0;
  for (;;) {
    const written = await to.store.append(part, source, { size: image.size });
    moved += written;
    const actual = await checksumOf(await readBack(to.store, part, effects), false);
    if (actual.sha256 === image.sha256) break;
    await to.store.remove(part);
    // A part that somebody else left, or that a crash tore, is worth one whole copy more.
    if (written < image.size) continue;
    throw new ImagesError(
      'checksum-mismatch',
      `${image.name} from ${from.store.url}/${from.directory} has sha256 ${actual.sha256} in ${to.store.url}, ` +
        `expected ${image.sha256}`,
      { next: 'The file at the source is not the one that the set describes, or was damaged on its way.' },
    );
  }
  await to.store.rename(part, joinPath(to.directory, image.name));
  return moved;
}

/** Returns the first source that has a file of this name and size. @throws ImagesError `no-source` */
export async function findSource(sources: readonly ImageDirectory[], image: ImageEntry): Promise<ImageDirectory> {
  for (const source of sources) {
    const facts = await source.store.stat(joinPath(source.directory, image.name));
    if (facts?.kind === 'file' && (facts.size === null || facts.size === image.size)) return source;
  }
  const places = sources.map(({ store, directory }) => joinPath(store.url, directory)).join(', ');
  throw new ImagesError(
    'no-source',
    `image ${image.name} (${image.size} bytes) is nowhere to be copied from; looked in: ${places || 'no place at all'}`,
  );
}

async function* readSource(
  from: ImageDirectory,
  image: ImageEntry,
  offset: number,
  effects: ImagesEffects,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  if (offset === image.size) return;
  const path = joinPath(from.directory, image.name);
  const content = await from.store.read(path, { offset });
  if (content.size !== image.size) {
    for await (const _chunk of content.body) break;
    throw new ImagesError(
      'checksum-mismatch',
      `${from.store.url}/${path} has ${content.size} bytes, expected ${image.size}`,
    );
  }
  const body = readResuming(from.store, path, content, { effects });
  for await (const chunk of content.offset < offset ? skipBytes(body, offset - content.offset) : body) {
    effects.signal.throwIfAborted();
    onBytes(chunk.length);
    yield chunk;
  }
}

/** Returns the bytes of a stored file, for a checksum. */
export async function readBack(store: Store, path: string, effects: ImagesEffects): Promise<AsyncIterable<Uint8Array>> {
  return readResuming(store, path, await store.read(path), { effects });
}
