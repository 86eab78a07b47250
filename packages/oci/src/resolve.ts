import type { ContainerEntry } from '@tagflow/model';
import { OciError } from './error.ts';
import { incomplete } from './incomplete.ts';
import { tryAll } from './limited.ts';
import type { SourcePlace } from './place.ts';

/** Containers that were found under a tag, and the names of those that were not. */
export interface Resolution {
  readonly found: readonly ContainerEntry[];
  readonly missing: readonly string[];
}

/**
 * Returns the digests that a tag names now, one HEAD each. What is done afterwards goes by digest: the tag may move.
 * @param concurrency requests at a time
 * @throws OciError `incomplete` when the registry could not be asked
 */
export async function resolveContainers(
  place: SourcePlace,
  names: readonly string[],
  tag: string,
  concurrency: number,
): Promise<Resolution> {
  const found: ContainerEntry[] = [];
  const missing: string[] = [];
  const items = names.map((name) => ({ name }));
  const failures = await tryAll(items, concurrency, async ({ name }) => {
    const head = await place.reader.headManifest(place.repository(name), tag);
    if (head === null) missing.push(name);
    else found.push({ name, digest: head.digest });
  });
  if (failures.length > 0) throw incomplete(`look up :${tag} in ${place.title}`, failures, names.length);
  return { found: found.sort((a, b) => (a.name < b.name ? -1 : 1)), missing: missing.sort() };
}

/**
 * As {@link resolveContainers}, where every container has to be there.
 * @throws OciError `missing-containers` naming all of them, `empty-list` when no name was given
 */
export async function resolveAllContainers(
  place: SourcePlace,
  names: readonly string[],
  tag: string,
  concurrency: number,
): Promise<readonly ContainerEntry[]> {
  if (names.length === 0) throw new OciError('empty-list', 'no containers to look up', { outcome: 'invalid' });
  const { found, missing } = await resolveContainers(place, names, tag, concurrency);
  if (missing.length > 0) throw missingContainers(place, names.length, missing, tag);
  return found;
}

/** Returns the error that names containers which a place lacks under a tag. */
export function missingContainers(
  place: SourcePlace,
  total: number,
  missing: readonly string[],
  tag: string,
): OciError {
  return new OciError(
    'missing-containers',
    `${place.title} lacks ${missing.length} of ${total} containers with the tag ${tag}: ${missing.join(', ')}`,
    { next: 'See whether their build succeeded and pushed them, or exclude them by name.' },
  );
}
