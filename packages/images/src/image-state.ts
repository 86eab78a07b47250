import type { ImageEntry } from '@tagflow/model';
import { joinPath } from '@tagflow/store';
import { checksumOf, formatSumFile, parseSumFile } from './checksum.ts';
import { readBack } from './copy-image.ts';
import type { ImageDirectory, ImagesEffects } from './effects.ts';

/** What is wrong with an image where it is: nothing, or a sentence. */
export type ImageState = { readonly is: 'whole' | 'absent' } | { readonly is: 'different'; readonly why: string };

/**
 * Tells whether an image is where it should be.
 * @param proof `sums`: its size and the `.sha256` beside it are enough, and it is read whole only where there is no
 *   `.sha256`; `bytes`: it is read whole in any case
 */
export async function readImageState(
  place: ImageDirectory,
  image: ImageEntry,
  proof: 'sums' | 'bytes',
  effects: ImagesEffects,
): Promise<ImageState> {
  const path = joinPath(place.directory, image.name);
  const where = joinPath(place.store.url, path);
  const facts = await place.store.stat(path);
  if (facts === null) return { is: 'absent' };
  if (facts.kind !== 'file') return { is: 'different', why: `${where} is not a file` };
  if (facts.size !== null && facts.size !== image.size) {
    return { is: 'different', why: `${where} has ${facts.size} bytes, expected ${image.size}` };
  }
  const sums = await readSums(place, image);
  if (sums.md5 !== null && image.md5 !== null && sums.md5 !== image.md5) {
    return { is: 'different', why: `${where}.md5 says ${sums.md5}, expected ${image.md5}` };
  }
  if (sums.sha256 !== null && sums.sha256 !== image.sha256) {
    return { is: 'different', why: `${where}.sha256 says ${sums.sha256}, expected ${image.sha256}` };
  }
  if (sums.sha256 !== null && proof === 'sums') return { is: 'whole' };
  const actual = await checksumOf(await readBack(place.store, path, effects), false);
  if (actual.sha256 === image.sha256) return { is: 'whole' };
  return { is: 'different', why: `${where} has sha256 ${actual.sha256}, expected ${image.sha256}` };
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
  return { md5: await read('md5'), sha256: await read('sha256') };
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
