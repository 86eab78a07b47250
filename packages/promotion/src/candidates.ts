import type { FullHash } from '@tagflow/model';

/**
 * Returns the hashes that may be promoted, newest first: those of the candidate label's history that are newer than
 * the target's current hash. Order is by position, never by time. Where the target's hash has left the history that
 * was read, nothing is returned: promoting an older hash would move the label backwards.
 */
export function newerThan(history: readonly FullHash[], current: FullHash | null): readonly FullHash[] {
  const distinct = [...new Set(history)];
  if (current === null) return distinct;
  const position = distinct.indexOf(current);
  return position < 0 ? [] : distinct.slice(0, position);
}

/** Tells whether `hash` stands behind `current` in a history that is newest first. Unknown positions are not older. */
export function isOlder(history: readonly FullHash[], hash: FullHash, current: FullHash | null): boolean {
  if (current === null || hash === current) return false;
  const distinct = [...new Set(history)];
  const at = distinct.indexOf(current);
  return at >= 0 && distinct.indexOf(hash) > at;
}
