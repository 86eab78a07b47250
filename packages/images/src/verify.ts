import { type ArtifactSet, isSameImage, visibleIn, type Visibility } from '@tagflow/model';
import { joinPath } from '@tagflow/store';
import { countBytes } from './count-bytes.ts';
import type { ImageDirectory, ImagesEffects } from './effects.ts';
import { readImageState } from './image-state.ts';
import { readPublishedSet, setFile } from './read-set.ts';

export interface VerifyOptions {
  readonly set: ArtifactSet;
  readonly visibility: Visibility;
  /** `sums`: sizes and the checksum files beside the images; `bytes`: every image is read whole. */
  readonly proof: 'sums' | 'bytes';
}

/** Returns a sentence for each thing that is missing or wrong in the directory of a hash: empty means whole. */
export async function verifySet(
  place: ImageDirectory,
  { set, visibility, proof }: VerifyOptions,
  effects: ImagesEffects,
): Promise<readonly string[]> {
  const wanted = visibleIn(set, visibility);
  const where = joinPath(place.store.url, place.directory);
  if (wanted.images.length === 0) return [`${where}: the set has no image for a ${visibility} store`];
  const problems: string[] = [];
  const published = await readPublishedSet(place, set.fullHash);
  if (published === null) problems.push(`${where}/${setFile} is missing`);
  for (const image of published === null ? [] : wanted.images) {
    const entry = published?.images.find(({ name }) => name === image.name);
    if (entry === undefined) problems.push(`${where}/${setFile} does not list ${image.name}`);
    else if (!isSameImage(entry, image)) {
      problems.push(`${where}/${setFile} describes another ${image.name}`);
    }
  }
  for (const image of published?.images ?? []) {
    if (visibility === 'public' && image.visibility === 'internal') {
      problems.push(`${where}: ${image.name} is for insiders only, and this is a public store`);
    }
  }
  const count = countBytes(effects, `verify images in ${place.store.url}`, wanted.images);
  for (const image of wanted.images) {
    effects.signal.throwIfAborted();
    const state = await readImageState(place, image, proof, effects);
    if (state.is === 'absent') problems.push(`${where}/${image.name} is missing`);
    if (state.is === 'different') problems.push(state.why);
    count(image.size, 0);
  }
  return problems;
}
