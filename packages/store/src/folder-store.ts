import type { Stats } from 'node:fs';
import {
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  realpath,
  rename,
  rmdir,
  stat,
  symlink,
  unlink,
} from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withoutEndSlash } from '@tagflow/http';
import { completeStore } from './complete-store.ts';
import { StoreError } from './error.ts';
import { asStoreError, isAbsent, systemCode } from './folder-error.ts';
import { digestFile, openFile, type Place, readFileRange, readOpenFile, versionOf } from './folder-file.ts';
import { openFolderPart } from './folder-part.ts';
import type { Content, Entry, EntryKind, ReadOptions, Stat, Store } from './store.ts';

/** Returns the store of a folder on this machine, `file:///…`. The folder itself need not exist before a write. */
export function openFolderStore(url: URL, signal: AbortSignal): Store {
  const root = fileURLToPath(url);
  const name = root === '/' ? 'file://' : withoutEndSlash(url.href);
  const spare: Buffer[] = [];
  const at = (path: string): Place => ({ path: join(root, path), name: `${name}/${path}` });

  /** Does something to a place, and tells its errors as ours. */
  async function on<Value>(path: string, act: (place: string) => Promise<Value>): Promise<Value> {
    const place = at(path);
    return act(place.path).catch((error: unknown) => {
      throw asStoreError(place.name, error);
    });
  }

  /**
   * Returns the place if it may be written to: whoever put a link there does not say where we write.
   * @throws StoreError `denied`
   */
  async function within(path: string): Promise<Place> {
    const place = at(path);
    if (path === '') return place;
    const [top, folder] = await Promise.all(
      [root, dirname(place.path)].map((each) => realpath(each).catch(() => null)),
    );
    // What does not exist says so itself.
    if (top == null || folder == null) return place;
    const [first] = relative(top, folder).split(sep);
    if (first !== '..') return place;
    throw new StoreError('denied', `${place.name}: a link on the way leads out of the store, to ${folder}`, {
      next: 'Nothing is written outside the folder that was named: name the one that the link leads to.',
    });
  }

  async function read(path: string, { offset = 0, ifVersion }: ReadOptions): Promise<Content> {
    const file = await openFile(at(path));
    const { size } = file.facts;
    const version = versionOf(file.facts);
    const start = (ifVersion === undefined || ifVersion === version) && offset <= size ? offset : 0;
    return { size, offset: start, version, body: readOpenFile(at(path), file, start, signal) };
  }

  return completeStore({
    url: name,
    local: true,
    read,
    readRange: (path, range, sink) => readFileRange(at(path), range, sink, { spare, signal }),
    openPart: async (path) => openFolderPart(await within(path), signal),
    digest: (path) => digestFile(at(path), signal),
    stat: (path) => orNull(on(path, async (place) => statOf(await stat(place)))),
    list: (path) =>
      on(path, async (place) => {
        const names = await readdir(place);
        const entries = await Promise.all(names.sort().map((entry) => entryOf(place, entry)));
        return entries.filter((entry) => entry !== null);
      }),
    readLink: (path) => orNull(on(path, (place) => readlink(place))),
    makeOneDirectory: async (path) => {
      await within(path);
      await on(path, (place) => mkdir(place, { recursive: true }));
    },
    rename: async (from, to) => {
      const source = await within(from);
      await within(to);
      await on(to, async (place) => {
        await rename(source.path, place);
        await syncFolder(dirname(place));
      });
    },
    makeLink: async (path, target) => {
      await within(path);
      await on(path, (place) => symlink(target, place));
    },
    removeFile: async (path) => {
      await within(path);
      return (await orNull(on(path, (place) => unlink(place).then(() => true)))) ?? false;
    },
    removeEmptyDirectory: async (path) => {
      await within(path);
      await on(path, (place) => rmdir(place));
    },
    close: () => Promise.resolve(),
  });
}

/** Without it a crash may bring the old name back, after others were told of the new one. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  try {
    await handle?.sync();
  } catch (error) {
    // Not every file system can do that for a folder.
    if (!['EINVAL', 'ENOTSUP', 'EBADF'].includes(systemCode(error))) throw error;
  } finally {
    await handle?.close();
  }
}

async function orNull<Value>(result: Promise<Value>): Promise<Value | null> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof StoreError && isAbsent(error.cause)) return null;
    throw error;
  }
}

function statOf(facts: Stats): Stat {
  const isFile = facts.isFile();
  return {
    kind: isFile ? 'file' : facts.isDirectory() ? 'directory' : 'other',
    size: facts.size,
    modified: facts.mtimeMs,
    version: isFile ? versionOf(facts) : null,
  };
}

async function entryOf(folder: string, name: string): Promise<Entry | null> {
  const facts = await lstat(join(folder, name)).catch(() => null);
  if (facts === null) return null; // it went between the listing and this
  const kind: EntryKind = facts.isFile()
    ? 'file'
    : facts.isDirectory()
      ? 'directory'
      : facts.isSymbolicLink()
        ? 'link'
        : 'other';
  return { name, kind, size: facts.size, modified: facts.mtimeMs };
}
