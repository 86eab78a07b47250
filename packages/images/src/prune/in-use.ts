import { fileURLToPath } from 'node:url';
import { isFullHash } from '@tagflow/model';
import { type Entry, isStoreError, joinPath, type Store } from '@tagflow/store';
import { ImagesError } from '../error.ts';

export interface LinkPlaces {
  readonly store: Store;
  /** The folder that holds the hash directories, below the store's root. */
  readonly folder: string;
  /** Further folders with links that keep hashes. */
  readonly linkFolders: readonly string[];
  /** Links that do not count. */
  readonly isIgnored: (link: Entry) => boolean;
}

// As many as Linux follows: what needs more leads nowhere for readers either.
const mostHops = 40;

async function listLinks(store: Store, place: string): Promise<readonly Entry[]> {
  try {
    return await store.list(place);
  } catch (error) {
    if (!isStoreError(error, 'not-found')) throw error;
    throw new ImagesError(
      'unclear-links',
      `${joinPath(store.url, place)} does not exist, so that nobody can tell what its links keep`,
      { cause: error, next: 'Look at the layout and the release: a store that is in use has this folder.' },
    );
  }
}

/**
 * Returns the names that links keep, each with one of its links: every part of every target on the way, and every part
 * of where it ends. So a link to a link counts, an absolute target that the store shows under another path, and a
 * link into a hash directory. Rejects when a folder or a link cannot be read: an empty answer would be no evidence.
 * @throws ImagesError `unclear-links` for a link that leads out of the store without naming a hash or another link
 */
export async function readInUse({
  store,
  folder,
  linkFolders,
  isIgnored,
}: LinkPlaces): Promise<ReadonlyMap<string, string>> {
  const links: string[] = [];
  for (const place of new Set([folder, ...linkFolders])) {
    for (const entry of await listLinks(store, place)) {
      if (entry.kind === 'link' && !isIgnored(entry)) links.push(joinPath(place, entry.name));
    }
  }
  const readTarget = rememberTargets(store);
  const kept = new Map<string, string>();
  for (const link of links) {
    const { names, leadsOut } = await follow(store, link, readTarget);
    const text = `/${names.join('/')}/`;
    const namesAnother = links.some((other) => other !== link && text.includes(`/${other}/`));
    if (leadsOut && !namesAnother && !names.some(isFullHash)) {
      throw new ImagesError(
        'unclear-links',
        `${joinPath(store.url, link)} leads out of the store and names no hash: nobody can tell what it keeps`,
        { next: 'Make it a link to the directory of a hash, or remove it, then run the same command again.' },
      );
    }
    for (const name of names) if (!kept.has(name)) kept.set(name, link);
  }
  return kept;
}

type ReadTarget = (path: string) => Promise<string | null>;

/** Every link of a folder goes through the same folders: each path is asked once in one reading. */
function rememberTargets(store: Store): ReadTarget {
  const known = new Map<string, Promise<string | null>>();
  const read = (path: string): Promise<string | null> =>
    store.readLink(path).catch((error: unknown) => {
      if (isStoreError(error, 'wrong-kind')) return null;
      throw error;
    });
  return (path) => {
    const target = known.get(path) ?? read(path);
    known.set(path, target);
    return target;
  };
}

async function follow(
  store: Store,
  link: string,
  readTarget: ReadTarget,
): Promise<{ readonly names: readonly string[]; readonly leadsOut: boolean }> {
  const names: string[] = [];
  let here: readonly string[] = [];
  let ahead: readonly string[] = link.split('/');
  let hops = 0;
  let isAbsolute = false;
  for (;;) {
    const [part, ...rest] = ahead;
    if (part === undefined) {
      // A server that shows a part of its tree as its root cannot be asked for the absolute path that others see.
      const leadsOut = isAbsolute && (await store.stat(joinPath(...here))) === null;
      return { names: [...names, ...here], leadsOut };
    }
    ahead = rest;
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (here.length === 0) return { names, leadsOut: true };
      here = here.slice(0, -1);
      continue;
    }
    const path = joinPath(...here, part);
    let target: string | null;
    try {
      target = await readTarget(path);
    } catch (error) {
      // A target may hold what no path of ours may.
      if (isStoreError(error, 'bad-path')) return { names, leadsOut: true };
      throw error;
    }
    if (target === null) {
      here = [...here, part];
      continue;
    }
    names.push(...target.split('/').filter((name) => name !== ''));
    if (++hops > mostHops) return { names, leadsOut: false };
    if (!target.startsWith('/')) {
      ahead = [...target.split('/'), ...rest];
      continue;
    }
    const inside = belowRoot(store.url, target);
    if (inside === null) return { names, leadsOut: true };
    isAbsolute = true;
    here = [];
    ahead = [...inside.split('/'), ...rest];
  }
}

/** Returns an absolute target as a path of the store, null where it lies elsewhere or the server shows another root. */
function belowRoot(storeUrl: string, target: string): string | null {
  const url = new URL(storeUrl);
  const root = (url.protocol === 'file:' ? fileURLToPath(url) : decodeURIComponent(url.pathname)).replace(/\/$/, '');
  if (target === root) return '';
  return target.startsWith(`${root}/`) ? target.slice(root.length + 1) : null;
}
