import { type ArtifactSet, isSameImage } from '@tagflow/model';
import type { NameView, PlaceView } from './view.ts';

/** How what one place says of a hash stands to what all of them say together. */
export interface Published {
  /** Whether this place says nothing of the hash. */
  readonly isAbsent: boolean;
  /** Names that only the others list, but for images that are not for everybody. */
  readonly lacking: readonly string[];
  /** Names of which this place says something else. */
  readonly different: readonly string[];
}

/** Compares what a place says of a hash with the whole set. */
export function publishedIn({ own }: Pick<PlaceView, 'own'>, set: ArtifactSet | null): Published {
  if (own === null || set === null) return { isAbsent: own === null, lacking: [], different: [] };
  const containers = new Map(own.containers.map(({ name, digest }) => [name, digest]));
  const images = new Map(own.images.map((image) => [image.name, image]));
  const visible = set.images.filter(({ name, visibility }) => visibility === 'public' || images.has(name));
  return {
    isAbsent: false,
    lacking: [
      ...set.containers.filter(({ name }) => !containers.has(name)),
      ...visible.filter(({ name }) => !images.has(name)),
    ].map(({ name }) => name),
    different: [
      ...set.containers.filter(({ name, digest }) => (containers.get(name) ?? digest) !== digest),
      ...visible.filter((image) => !isSameImage(images.get(image.name) ?? image, image)),
    ].map(({ name }) => name),
  };
}

/** Returns which of the kinds that have to be in a set are not. */
export function lackedKinds(set: ArtifactSet, kinds: readonly PlaceView['kind'][]): readonly PlaceView['kind'][] {
  return kinds.filter((kind) => set[kind].length === 0);
}

/**
 * Returns what is missing or wrong in a place besides the published set itself. A registry has one sentence for that,
 * an image store one for each image that its set does not tell as it is.
 */
export function missingBytes(place: PlaceView, { set }: Pick<NameView, 'set'>): readonly string[] {
  if (set === null) return [];
  const { isAbsent, lacking, different } = publishedIn(place, set);
  const told = [...lacking, ...different];
  const images = set.images.filter(({ name }) => told.includes(name)).length;
  const ofSet = isAbsent ? 1 : place.kind === 'images' ? images : Math.min(told.length, 1);
  return place.problems.length > ofSet ? place.problems : [];
}
