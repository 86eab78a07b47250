import { type ArtifactSet, type FullHash, type Label, ParseError, parseFullHash, parseSet } from '@tagflow/model';
import { isStoreError, joinPath, type Store } from '@tagflow/store';
import type { ImageDirectory } from './effects.ts';
import { ImagesError } from './error.ts';
import { readSums } from './image-state.ts';
import { hashOfTarget, type Layout } from './layout.ts';

/** The file of a hash directory that says everything about the hash. */
export const setFile = 'set.json';

/**
 * Returns the set that is published in a directory, null where there is none.
 * @throws ImagesError `published-differently` when it is the set of another hash, `unreadable-set` when it is none
 */
export async function readPublishedSet(place: ImageDirectory, hash: FullHash | null): Promise<ArtifactSet | null> {
  const path = joinPath(place.directory, setFile);
  const text = await place.store.readText(path);
  if (text === null) return null;
  const set = parsePublished(text, `${place.store.url}/${path}`);
  if (hash === null || set.fullHash === hash) return set;
  throw new ImagesError(
    'published-differently',
    `${place.store.url}/${path} is the set of ${set.fullHash}, not ${hash}`,
  );
}

// What a server sends is nobody's bad input.
function parsePublished(text: string, where: string): ArtifactSet {
  try {
    return parseSet(text, where);
  } catch (cause) {
    if (!(cause instanceof ParseError)) throw cause;
    const what = /^\s*</.test(text) ? `${where} is an HTML page, not a set` : cause.message;
    throw new ImagesError('unreadable-set', what, {
      cause,
      next: 'Another server may answer in its place; a file that is damaged has to be published again.',
    });
  }
}

/**
 * Returns the hash that a label's link names, null where there is no link. Web servers show no links: there the set
 * that is found behind the link says it.
 * @throws ParseError when the link leads to something that is not named after a hash
 */
export async function resolveLabel(store: Store, layout: Layout, label: Label): Promise<FullHash | null> {
  const [link = ''] = layout.links(label);
  try {
    const target = await store.readLink(link);
    return target === null ? null : parseFullHash(hashOfTarget(target));
  } catch (error) {
    if (!isStoreError(error, 'not-supported')) throw error;
    const set = await readPublishedSet({ store, directory: link }, null);
    return set === null ? null : set.fullHash;
  }
}

/**
 * Tells whether a label's link leads to a hash. Where neither a link nor a set says so, as in RDO's own trees behind a web
 * server, the files that both show must have the same digests beside them.
 * @param names of those files; empty tells nothing
 */
export async function leadsTo(
  { store, layout }: { readonly store: Store; readonly layout: Layout },
  label: Label,
  hash: FullHash,
  names: readonly string[],
): Promise<boolean> {
  const named = await resolveLabel(store, layout, label);
  if (named !== null || store.writable) return named === hash;
  const [link = ''] = layout.links(label);
  const same = await Promise.all(
    names.map(async (name) => {
      const [own, behind] = await Promise.all([
        readSums({ store, directory: layout.directory(hash) }, { name }),
        readSums({ store, directory: link }, { name }),
      ]);
      return (own.md5 ?? own.sha256) !== null && own.md5 === behind.md5 && own.sha256 === behind.sha256;
    }),
  );
  return same.length > 0 && same.every((one) => one);
}
