import type { ImageEntry } from '@tagflow/model';
import { joinPath } from '@tagflow/store';
import { formatSumFile, parseSumFile, startChecksum } from './checksum.ts';
import type { ImageDirectory, ImagesEffects } from './effects.ts';
import type { WantedImage } from './fetch/local-file.ts';
import { digestAt } from './transfer/digest-at.ts';
import { readAll, type SourceFile } from './transfer/source-file.ts';

/** What is wrong with an image where it is: nothing, or a sentence. */
export type ImageState =
  | { readonly is: 'whole'; readonly image: ImageEntry }
  | { readonly is: 'absent' }
  | { readonly is: 'different'; readonly why: string };

/**
 * Tells whether an image is where it should be.
 * @param proof `sums`: its size and the `.sha256` beside it are enough, and it is read whole only where there is no
 *   `.sha256`; `bytes`: it is read whole in any case
 */
export async function readImageState(
  place: ImageDirectory,
  image: WantedImage,
  proof: 'sums' | 'bytes',
  effects: ImagesEffects,
): Promise<ImageState> {
  const path = joinPath(place.directory, image.name);
  const where = joinPath(place.store.url, path);
  const facts = await place.store.stat(path);
  if (facts === null) return { is: 'absent' };
  if (facts.kind !== 'file') return { is: 'different', why: `${where} is not a file` };
  const size = image.size ?? facts.size;
  if (size === null || (facts.size !== null && facts.size !== size)) {
    return {
      is: 'different',
      why: `${where} has ${facts.size ?? 'an unknown number of'} bytes, expected ${size ?? 'a size'}`,
    };
  }
  const sums = await readSums(place, image);
  for (const kind of ['md5', 'sha256'] as const) {
    if (sums[kind] !== null && image[kind] !== null && sums[kind] !== image[kind]) {
      return { is: 'different', why: `${where}.${kind} says ${sums[kind]}, expected ${image[kind]}` };
    }
  }
  if (image.sha256 === null)
    return readByMd5({ store: place.store, path, size, version: facts.version }, image, effects);
  const sha256 =
    sums.sha256 !== null && proof === 'sums'
      ? sums.sha256
      : await digestAt(place.store, path, { size, sha256: image.sha256 }, effects);
  if (sha256 === image.sha256) return { is: 'whole', image: { ...image, size, sha256, md5: image.md5 ?? sums.md5 } };
  return { is: 'different', why: `${where} has sha256 ${sha256}, expected ${image.sha256}` };
}

/** Nothing but an md5 is promised: only the bytes themselves can keep it, whatever stands beside them. */
async function readByMd5(file: SourceFile, image: WantedImage, effects: ImagesEffects): Promise<ImageState> {
  const state = startChecksum(true);
  await readAll(file, (piece) => state.update(piece), effects);
  const { size, sha256, md5 } = state.finish();
  if (md5 !== null && md5 === image.md5) return { is: 'whole', image: { ...image, size, sha256, md5 } };
  return { is: 'different', why: `${joinPath(file.store.url, file.path)} has md5 ${md5}, expected ${image.md5}` };
}

/** Returns the digests that stand beside a file, null where a file for it is missing. */
export async function readSums(
  place: ImageDirectory,
  image: { readonly name: string },
): Promise<{ readonly md5: string | null; readonly sha256: string | null }> {
  const read = async (kind: 'md5' | 'sha256'): Promise<string | null> => {
    const path = joinPath(place.directory, `${image.name}.${kind}`);
    const text = await place.store.readText(path);
    return text === null ? null : parseSumFile(text, kind, joinPath(place.store.url, path));
  };
  const [md5, sha256] = await Promise.all([read('md5'), read('sha256')]);
  return { md5, sha256 };
}

/** Writes the digests beside a file, those that are missing or different. */
export async function writeSums(place: ImageDirectory, image: ImageEntry): Promise<void> {
  for (const kind of ['md5', 'sha256'] as const) {
    const hex = image[kind];
    if (hex === null) continue;
    const path = joinPath(place.directory, `${image.name}.${kind}`);
    const text = formatSumFile(hex, image.name);
    if ((await place.store.readText(path)) !== text) await place.store.write(path, text);
  }
}
