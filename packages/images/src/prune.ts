import { parseFullHash } from '@tagflow/model';
import { joinPath, nameOf, parentOf, type Store } from '@tagflow/store';
import type { ImagesEffects } from './effects.ts';
import { ImagesError } from './error.ts';
import { hashOfTarget } from './layout.ts';

export interface PruneOptions {
  readonly store: Store;
  /** The folder that holds the hash directories, below the store's root. */
  readonly folder: string;
  /** Further folders with links that keep hashes. */
  readonly linkFolders: readonly string[];
  /** Only what was last changed longer ago than this is removed. Milliseconds. */
  readonly olderThanMs: number;
  /** Hashes that are kept whatever their age, such as one that is being tested. */
  readonly keep?: readonly string[];
}

export interface PrunePlan {
  /** Directories that would be removed, below the store's root, oldest first. */
  readonly remove: readonly string[];
  /** Directories that stay, with the reason. */
  readonly kept: readonly { readonly directory: string; readonly why: string }[];
}

/** What a removal that did not come to its end leaves. */
const trashPrefix = '.trash-';
const partialName = /^\..+\.partial$/;

/**
 * Returns which hash directories are old and linked by nobody. Nothing that is not named after a hash is ever listed,
 * except what interrupted runs left (`.*.partial`, `.trash-*`).
 */
export async function planPrune(options: PruneOptions, effects: Pick<ImagesEffects, 'clock'>): Promise<PrunePlan> {
  const { store, folder, olderThanMs } = options;
  if (olderThanMs <= 0)
    throw new ImagesError('bad-layout', 'prune needs an age above zero: nothing is young enough to stay');
  if (!store.writable) {
    throw new ImagesError('bad-layout', `${store.url} shows no links, so that nobody can tell what they keep`, {
      next: 'Give the sftp:// or file:// URL of the store.',
    });
  }
  const linked = await readLinked(options);
  const remove: { directory: string; modified: number }[] = [];
  const kept: { directory: string; why: string }[] = [];
  for (const entry of await store.list(folder)) {
    if (entry.kind !== 'directory' || !isOurs(entry.name)) continue;
    const directory = joinPath(folder, entry.name);
    const label = linked.get(entry.name);
    const age = entry.modified === null ? 0 : effects.clock.now() - entry.modified;
    if (label !== undefined) kept.push({ directory, why: `linked by ${label}` });
    else if (options.keep?.includes(entry.name) === true) kept.push({ directory, why: 'named by the caller' });
    else if (age <= olderThanMs) kept.push({ directory, why: 'too young' });
    else remove.push({ directory, modified: entry.modified ?? 0 });
  }
  remove.sort((a, b) => a.modified - b.modified);
  return { remove: remove.map(({ directory }) => directory), kept };
}

/**
 * Removes what a plan lists, and returns what was removed. Links are read again right before each directory is taken
 * away, and once more when it is out of the readers' sight and can still be put back.
 */
export async function applyPrune(
  plan: PrunePlan,
  options: PruneOptions,
  effects: ImagesEffects,
): Promise<readonly string[]> {
  const { store } = options;
  const removed: string[] = [];
  for (const directory of plan.remove) {
    effects.signal.throwIfAborted();
    const name = nameOf(directory);
    if ((await readLinked(options)).has(name)) {
      effects.log.info(`${directory} is linked by now and stays`);
      continue;
    }
    const trash = name.startsWith(trashPrefix) ? directory : joinPath(parentOf(directory), `${trashPrefix}${name}`);
    if (trash !== directory) {
      await store.removeTree(trash);
      await store.rename(directory, trash);
      if ((await readLinked(options)).has(name)) {
        await store.rename(trash, directory);
        effects.log.warning(`${directory} was linked at the last moment and was put back`);
        continue;
      }
    }
    await store.removeTree(trash);
    removed.push(directory);
    effects.progress({ what: `prune ${store.url}`, done: removed.length, total: plan.remove.length, unit: 'files' });
  }
  return removed;
}

/** Returns the names that links lead to, each with one of its links. */
async function readLinked({ store, folder, linkFolders }: PruneOptions): Promise<ReadonlyMap<string, string>> {
  const linked = new Map<string, string>();
  for (const place of new Set([folder, ...linkFolders])) {
    for (const entry of await store.list(place)) {
      if (entry.kind !== 'link') continue;
      const link = joinPath(place, entry.name);
      const target = await store.readLink(link);
      if (target !== null) linked.set(hashOfTarget(target), link);
    }
  }
  return linked;
}

function isOurs(name: string): boolean {
  if (partialName.test(name) || name.startsWith(trashPrefix)) return true;
  try {
    parseFullHash(name);
    return true;
  } catch {
    return false;
  }
}
