import { isDeepStrictEqual } from 'node:util';
import type { Manifest } from '../manifest.ts';

/**
 * Returns whether a manifest has `more` layers than another one, that is all of them and perhaps others, `less`, or
 * neither. cosign adds each further signature as a layer; the signature itself is an annotation of that layer, and the
 * layer's bytes are the same for all signatures of a manifest.
 */
export function compareLayers(one: Manifest, other: Manifest): 'more' | 'less' | 'neither' {
  const [mine, theirs] = [layersOf(one), layersOf(other)];
  if (containsAll(mine, theirs)) return 'more';
  return containsAll(theirs, mine) ? 'less' : 'neither';
}

function layersOf(manifest: Manifest): readonly unknown[] {
  const { layers, manifests } = Object(JSON.parse(Buffer.from(manifest.bytes).toString('utf8'))) as Record<
    string,
    unknown
  >;
  return (layers ?? manifests ?? []) as readonly unknown[];
}

function containsAll(all: readonly unknown[], some: readonly unknown[]): boolean {
  return some.every((item) => all.some((candidate) => isDeepStrictEqual(candidate, item)));
}
