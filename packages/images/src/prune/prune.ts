import { type Clock, isFullHash } from '@tagflow/model';
import { type Entry, isStoreError, joinPath, type Store } from '@tagflow/store';
import { ImagesError } from '../error.ts';
import { readInUse } from './in-use.ts';
import type { Layout } from '../layout.ts';
import { type Contents, hashOfPartial, isTemporary, readContents, takenAwayFrom } from './prune-names.ts';

export interface PruneOptions extends Pick<Layout, 'folder' | 'linkFolders'> {
  readonly store: Store;
  /** Only what was last written to longer ago than this is removed. Milliseconds. */
  readonly olderThanMs: number;
  /** Hashes that stay whatever their age, each with the reason, such as an unfinished promotion. */
  readonly needed?: ReadonlyMap<string, string>;
  /** How many of the newest hashes stay whatever their age. Default 0. */
  readonly keepLatest?: number;
  /** True for a store that has no links, where age and `needed` alone decide. Default false. */
  readonly unlinked?: boolean;
}

/** Something in a store that stays or goes. */
export interface PruneEntry {
  /** Below the store's root. */
  readonly path: string;
  /** Milliseconds since anything in it was written; null where the store does not say. */
  readonly ageMs: number | null;
  /** Null where nobody knows. */
  readonly bytes: number | null;
  /** Why it stays or goes: half a sentence. */
  readonly why: string;
}

export interface PrunePlan {
  /** Oldest first. */
  readonly remove: readonly PruneEntry[];
  /** What an interrupted run took away and is needed; `path` is where it belongs. */
  readonly restore: readonly PruneEntry[];
  readonly kept: readonly PruneEntry[];
}

export interface PruneReport {
  readonly removed: readonly PruneEntry[];
  readonly restored: readonly PruneEntry[];
  /** What stays, what was saved at the last moment among it. */
  readonly kept: readonly PruneEntry[];
  /** Of what was removed, as far as it is known. */
  readonly freedBytes: number;
}

type Effects = { readonly clock: Pick<Clock, 'now'> };

/**
 * Returns what is old and needed by nobody. Only directories that are named exactly after a hash, and what interrupted
 * runs left (`.<hash>.….partial`, temporary files, trash), are ever listed.
 *
 * The hash that a delta is being copied from may go: whoever reads its files has them open, and takes the rest whole.
 * @throws ImagesError `bad-layout`; `unclear-links` when links say too little to remove anything
 */
export async function planPrune(options: PruneOptions, effects: Effects): Promise<PrunePlan> {
  const { store, folder } = options;
  assertOptions(options);
  const now = effects.clock.now();
  const keep = await readKept(options, effects);
  const entries = await store.list(folder);
  const present = new Set(entries.filter(({ kind }) => kind === 'directory').map(({ name }) => name));
  const hashes: Seen[] = [];
  const remove: PruneEntry[] = [];
  const restore: PruneEntry[] = [];
  const kept: PruneEntry[] = [];

  for (const entry of entries) {
    const path = joinPath(folder, entry.name);
    if (entry.kind !== 'directory') continue;
    const taken = takenAwayFrom(entry.name);
    if (isFullHash(entry.name)) {
      const contents = await readContents(store, path, entry, now);
      if (contents !== null) hashes.push({ name: entry.name, path, contents });
    } else if (taken !== null) {
      const facts = await readContents(store, path, entry, now);
      if (facts === null) continue;
      const why = keep(taken.name);
      if (taken.isWhole && why !== null && !present.has(taken.name)) {
        restore.push({ ...known(facts), path: joinPath(folder, taken.name), why: `${why}, and was taken away` });
      } else remove.push({ ...known(facts), path, why: 'an interrupted prune had taken it away' });
    } else if (hashOfPartial(entry.name) !== null) {
      const facts = await readContents(store, path, entry, now);
      if (facts === null) continue;
      const why = options.needed?.get(hashOfPartial(entry.name) ?? '') ?? youth(facts, options);
      if (why === null) remove.push({ ...known(facts), path, why: 'an interrupted upload' });
      else kept.push({ ...known(facts), path, why });
    }
  }

  const newest = newestOf(hashes, options.keepLatest ?? 0);
  for (const { name, path, contents } of hashes) {
    const latest = newest.has(name) ? `among the newest ${options.keepLatest}` : null;
    const why = keep(name) ?? latest ?? youth(contents, options);
    if (why !== null) kept.push({ ...known(contents), path, why });
    else remove.push({ ...known(contents), path, why: options.unlinked ? 'old' : 'old, and nothing links to it' });
    if (why !== null) remove.push(...temporaries(path, contents.entries, now, options));
  }
  for (const place of placesOf(options)) {
    const inside = place === folder ? entries : await listLinks(options, place);
    remove.push(...temporaries(place, inside, now, options));
  }
  await refuseUnlinked(options, effects, hashes, remove);
  remove.sort((a, b) => (b.ageMs ?? 0) - (a.ageMs ?? 0));
  return { remove, restore, kept };
}

interface Seen {
  readonly name: string;
  readonly path: string;
  readonly contents: Contents;
}

/** Returns a function that says why a hash stays whatever its age, null where nothing speaks for it. */
export async function readKept(
  { store, folder, linkFolders, needed, unlinked = false, olderThanMs }: PruneOptions,
  { clock }: Effects,
): Promise<(name: string) => string | null> {
  const now = clock.now();
  const isIgnored = (link: Entry): boolean => isTemporary(link) && isOld(link, now, olderThanMs);
  const places = { store, folder, linkFolders: unlinked ? [] : linkFolders, isIgnored };
  const linked = await readInUse(places);
  return (name) => {
    const link = linked.get(name);
    return needed?.get(name) ?? (link === undefined ? null : `linked by ${link}`);
  };
}

/** Returns why something is too young to go, or null. A time in the future is young, an unknown one stays unknown. */
export function youth({ ageMs }: Pick<PruneEntry, 'ageMs'>, { olderThanMs }: Pick<PruneOptions, 'olderThanMs'>) {
  if (ageMs === null) return 'nobody knows how old it is';
  if (ageMs < 0) return 'its time lies in the future';
  return ageMs <= olderThanMs ? 'too young' : null;
}

function assertOptions({ store, olderThanMs }: PruneOptions): void {
  if (!(olderThanMs > 0))
    throw new ImagesError('bad-layout', 'prune needs an age above zero: nothing is young enough to stay');
  if (store.writable) return;
  throw new ImagesError('bad-layout', `${store.url} shows no links, so that nobody can tell what they keep`, {
    next: 'Give the sftp:// or file:// URL of the store.',
  });
}

/** A link template that is wrong shows no link at all, and everything would go. */
async function refuseUnlinked(
  options: PruneOptions,
  effects: Effects,
  hashes: readonly Seen[],
  remove: readonly PruneEntry[],
): Promise<void> {
  if (options.unlinked === true || !hashes.some(({ path }) => remove.some((entry) => entry.path === path))) return;
  const { needed: _needed, ...linksAlone } = options;
  const linked = await readKept(linksAlone, effects);
  if (hashes.some(({ name }) => linked(name) !== null)) return;
  const places = placesOf(options).map((place) => joinPath(options.store.url, place));
  throw new ImagesError(
    'unclear-links',
    `no link leads to any of the ${hashes.length} hashes in ${joinPath(options.store.url, options.folder)}; ` +
      `links were looked for in ${places.join(', ')}`,
    { next: 'Check the layout of the store. For one that really has no links, say unlinked.' },
  );
}

function placesOf({ folder, linkFolders, unlinked = false }: PruneOptions): readonly string[] {
  return [...new Set(unlinked ? [folder] : [folder, ...linkFolders])];
}

async function listLinks({ store }: PruneOptions, place: string): Promise<readonly Entry[]> {
  return store.list(place).catch((error: unknown) => {
    if (isStoreError(error, 'not-found')) return [];
    throw error;
  });
}

function temporaries(
  folder: string,
  entries: readonly Entry[],
  now: number,
  { olderThanMs }: PruneOptions,
): readonly PruneEntry[] {
  return entries
    .filter((entry) => isTemporary(entry) && isOld(entry, now, olderThanMs))
    .map(({ name, size, modified }) => ({
      path: joinPath(folder, name),
      ageMs: modified === null ? null : now - modified,
      bytes: size,
      why: 'a temporary file of an interrupted run',
    }));
}

function isOld({ modified }: Entry, now: number, olderThanMs: number): boolean {
  return modified !== null && now - modified > olderThanMs;
}

function newestOf(hashes: readonly Seen[], count: number): ReadonlySet<string> {
  const age = ({ contents }: Seen): number => contents.ageMs ?? 0;
  return new Set(
    [...hashes]
      .sort((a, b) => age(a) - age(b))
      .slice(0, count)
      .map(({ name }) => name),
  );
}

function known({ ageMs, bytes }: Contents): Pick<PruneEntry, 'ageMs' | 'bytes'> {
  return { ageMs, bytes };
}
