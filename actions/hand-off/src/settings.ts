import { readSetInputs } from '@tagflow/action-kit';
import type { Config } from '@tagflow/config';
import { createLayout, readPublishedSet } from '@tagflow/images';
import { type ArtifactSet, type Effects, type FullHash, TagflowError } from '@tagflow/model';
import { openStore } from '@tagflow/store';

/** Returns the whole set of the hash: out of the files, or else the fullest that an image store of config holds. */
export async function findSet(hash: FullHash, paths: readonly string[], config: Config | null, effects: Effects) {
  const given = await readSetInputs({ set: paths });
  const set = given ?? (config === null ? null : await fullestSet(hash, config, effects));
  if (set === null)
    throw new TagflowError('no-set', `no set was given, and no image store of config holds one of ${hash}`);
  if (set.fullHash !== hash) throw refused(`the set is of ${set.fullHash}, but full-hash is ${hash}`);
  if (weight(set) === 0) throw refused(`the set of ${hash} has neither containers nor images`);
  return set;
}

async function fullestSet(hash: FullHash, config: Config, effects: Effects): Promise<ArtifactSet | null> {
  let fullest: ArtifactSet | null = null;
  for (const place of Object.values(config.imageStores)) {
    const store = openStore(place.readUrl, { effects });
    const directory = createLayout({ ...place, ...config }).directory(hash);
    const set = await readPublishedSet({ store, directory }, hash).finally(() => store.close());
    if (set !== null && weight(set) > weight(fullest)) fullest = set;
  }
  return fullest;
}

function weight(set: ArtifactSet | null): number {
  return set === null ? -1 : set.containers.length + set.images.length;
}

/** Returns the error of an input that cannot be used. */
export function refused(message: string, cause?: unknown): TagflowError {
  return new TagflowError('bad-input', message, { outcome: 'invalid', cause });
}
