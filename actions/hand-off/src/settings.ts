import { readSetInputs } from '@tagflow/action-kit';
import type { Config } from '@tagflow/config';
import { createRepositoryTree } from '@tagflow/dlrn';
import { createApi } from '@tagflow/http';
import { createLayout, readPublishedSet } from '@tagflow/images';
import { type ArtifactSet, type Effects, type FullHash, type Label, TagflowError } from '@tagflow/model';
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

/**
 * Returns why a set must not be delivered as what a label names, or null when the label names its hash: whoever is
 * given the old set of a label that has moved on would take it for the promoted one.
 */
export async function otherHash(
  hash: FullHash,
  label: Label,
  { dlrn }: Config,
  effects: Effects,
): Promise<string | null> {
  const { reposUrl, mode } = dlrn;
  const named = await createRepositoryTree(createApi(effects), { reposUrl, mode, effects }).readLabel(label);
  return named === hash ? null : `label ${label} names ${named ?? 'nothing'} at ${reposUrl}, and full-hash is ${hash}`;
}

/**
 * Checks that a statement, where there is one, is about the promotion of the hash, and to the label where one is known.
 * @throws TagflowError `bad-input`
 */
export function checkStatement(text: string | undefined, hash: FullHash, label: Label | null): void {
  if (text === undefined) return;
  const predicate = fieldsOf(fieldsOf(parseJson(text))['predicate']);
  const wanted = { toHash: hash, ...(label === null ? {} : { label }) };
  for (const [key, value] of Object.entries(wanted)) {
    if (predicate[key] === value) continue;
    const said = typeof predicate[key] === 'string' ? `it says ${predicate[key]}` : 'it does not say';
    throw refused(`the statement is not about ${value}: its predicate.${key} has to be that, and ${said}`);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refused('the statement is not JSON', cause);
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Returns the error of an input that cannot be used. */
export function refused(message: string, cause?: unknown): TagflowError {
  return new TagflowError('bad-input', message, { outcome: 'invalid', cause });
}
