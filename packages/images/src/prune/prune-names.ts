import { type Entry, isStoreError, joinPath, type Store } from '@tagflow/store';
import { isFullHash } from '@tagflow/model';

// Trash is whole and can be put back; what is gone may be half removed already, and is never put back.
const trashPrefix = '.trash-';
const gonePrefix = '.gone-';

/** Returns the names under which a directory is taken away: first whole, then to be removed. */
export function trashOf(name: string): { readonly trash: string; readonly gone: string } {
  return { trash: `${trashPrefix}${name}`, gone: `${gonePrefix}${name}` };
}

/** Returns what directory an earlier prune took away under this name, null for any other name. */
export function takenAwayFrom(name: string): { readonly name: string; readonly isWhole: boolean } | null {
  for (const prefix of [trashPrefix, gonePrefix]) {
    const rest = name.slice(prefix.length);
    if (name.startsWith(prefix) && (isFullHash(rest) || hashOfPartial(rest) !== null)) {
      return { name: rest, isWhole: prefix === trashPrefix };
    }
  }
  return null;
}

/** Returns the hash of a directory that was being uploaded, null for any other name. */
export function hashOfPartial(name: string): string | null {
  const hash = /^\.([0-9a-f_]+)\.[0-9a-f]{8}\.partial$/.exec(name)?.[1];
  return hash !== undefined && isFullHash(hash) ? hash : null;
}

/** Tells whether an entry is what a write or an upload of ours grows in, before it gets its own name. */
export function isTemporary({ name, kind }: Entry): boolean {
  if (kind === 'link') return /^\..+\.[0-9a-f]{12}\.link$/.test(name);
  return kind === 'file' && /^\..+(?:[.-][0-9a-f]{12}|\.left)\.part$/.test(name);
}

/** What is directly in a directory. */
export interface Contents {
  /** Milliseconds since the directory, or anything directly in it, was written; null where something has no time. */
  readonly ageMs: number | null;
  /** Null where nobody knows. */
  readonly bytes: number | null;
  readonly entries: readonly Entry[];
}

/**
 * Returns what is in a directory, null where it went meanwhile. A transfer that appends to a file does not touch the
 * time of its directory, so the newest of all counts. What cannot be listed has no age.
 */
export async function readContents(
  store: Store,
  path: string,
  { modified }: Pick<Entry, 'modified'>,
  now: number,
): Promise<Contents | null> {
  let entries: readonly Entry[];
  try {
    entries = await store.list(path);
  } catch (error) {
    if (isStoreError(error, 'not-found')) return null;
    if (isStoreError(error, 'denied')) return { ageMs: null, bytes: null, entries: [] };
    throw error;
  }
  const times = [modified, ...entries.map((entry) => entry.modified)];
  const files = entries.filter(({ kind }) => kind !== 'link');
  return {
    ageMs: times.some((time) => time === null) ? null : now - Math.max(...times.map((time) => time ?? 0)),
    bytes: files.some(({ kind, size }) => kind !== 'file' || size === null)
      ? null
      : files.reduce((sum, { size }) => sum + (size ?? 0), 0),
    entries,
  };
}

/** Returns the facts of a directory by its path, null where there is none. */
export async function readDirectory(store: Store, path: string, now: number): Promise<Contents | null> {
  const facts = await store.stat(path);
  return facts?.kind === 'directory' ? readContents(store, joinPath(path), facts, now) : null;
}
