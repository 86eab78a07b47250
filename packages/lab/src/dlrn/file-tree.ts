/** A file's bytes, or how to make them when somebody asks. */
export type Content = string | Buffer | (() => string | Buffer);

interface File {
  readonly kind: 'file';
  readonly path: string;
  readonly content: Content;
  readonly mtime: number;
}

interface Link {
  readonly kind: 'link';
  readonly target: string;
}

interface Folder {
  readonly kind: 'folder';
  readonly path: string;
  /** Null for the top. */
  readonly parent: Folder | null;
  readonly entries: Map<string, File | Link | Folder>;
}

/** What a path leads to, links followed. */
export type Found =
  | { readonly kind: 'file'; readonly path: string; readonly content: string | Buffer; readonly mtime: number }
  | { readonly kind: 'folder'; readonly path: string; readonly names: readonly string[] };

/**
 * A small file system in memory, with relative links as DLRN makes them. Paths are read as the kernel reads them: `''`
 * is the top, `.` and `..` go where they lead after links were followed, and a slash at the end asks for a folder. The
 * codes of {@link TreeError} are those of the system calls that DLRN makes.
 */
export interface FileTree {
  /** Writes a file and the folders above it. */
  write(path: string, content: Content, mtime: number): void;
  /** Makes a folder and those above it, where they are not there. */
  makeFolder(path: string): void;
  /** Makes a link: `ENOENT` without the folder above, `EEXIST` when the name is taken. */
  link(path: string, target: string): void;
  /** Removes a file or a link: `EISDIR` for a folder. Returns whether there was one. */
  remove(path: string): boolean;
  /** Removes whatever has this name, a folder with everything in it. */
  prune(path: string): void;
  /** Gives a link another name, over what is there, in one step. */
  rename(from: string, to: string): void;
  /** Returns what a path leads to, or null; a link that dangles or goes round leads nowhere. */
  find(path: string): Found | null;
  /** Returns whether something has this name, be it a link that leads nowhere. */
  has(path: string): boolean;
  /** Returns the text of a link itself, or null where there is no link. */
  readLink(path: string): string | null;
  /** Returns what puts the whole tree back to what it is now, as often as it is called. */
  snapshot(): () => void;
}

export class TreeError extends Error {
  readonly code: 'ENOENT' | 'EEXIST' | 'EISDIR' | 'ENOTDIR' | 'ELOOP' | 'ENAMETOOLONG';
  constructor(code: TreeError['code'], path: string) {
    super(`${code}: ${path}`);
    this.code = code;
  }
}

const maxHops = 40;
const maxNameBytes = 255;

/** Returns an empty tree. */
export function createFileTree(): FileTree {
  const top: Folder = { kind: 'folder', path: '', parent: null, entries: new Map() };

  const entryOf = (folder: Folder, name: string): File | Link | Folder | undefined => {
    if (Buffer.byteLength(name) > maxNameBytes) throw new TreeError('ENAMETOOLONG', name);
    return folder.entries.get(name);
  };
  const follow = (start: Folder, path: string, hops = 0): File | Folder => {
    if (hops > maxHops) throw new TreeError('ELOOP', path);
    let node: File | Folder = start;
    for (const name of path.split('/')) {
      if (node.kind === 'file') throw new TreeError('ENOTDIR', path);
      if (name === '' || name === '.') continue;
      const next: File | Link | Folder | undefined = name === '..' ? (node.parent ?? node) : entryOf(node, name);
      if (next === undefined) throw new TreeError('ENOENT', path);
      node = next.kind === 'link' ? follow(node, next.target, hops + 1) : next;
    }
    return node;
  };
  // Where the last name of a path belongs; that name is not followed.
  const place = (path: string): { readonly folder: Folder; readonly name: string; readonly wantsFolder: boolean } => {
    let end = path.length;
    while (path[end - 1] === '/') end -= 1;
    const begin = path.lastIndexOf('/', end - 1) + 1;
    const folder = follow(top, path.slice(0, begin));
    if (folder.kind === 'file') throw new TreeError('ENOTDIR', path);
    return { folder, name: path.slice(begin, end), wantsFolder: end < path.length };
  };
  const pathOf = (folder: Folder, name: string): string => (folder.path === '' ? name : `${folder.path}/${name}`);
  const isDot = (name: string): boolean => ['', '.', '..'].includes(name);

  const makeFolder = (path: string): Folder => {
    let folder = top;
    for (const name of path.split('/')) {
      if (!isDot(name) && entryOf(folder, name) === undefined) {
        const made: Folder = { kind: 'folder', path: pathOf(folder, name), parent: folder, entries: new Map() };
        folder.entries.set(name, made);
      }
      const next = follow(folder, name);
      if (next.kind === 'file') throw new TreeError('ENOTDIR', path);
      folder = next;
    }
    return folder;
  };
  const quietly = <Value>(look: () => Value, otherwise: Value): Value => {
    try {
      return look();
    } catch (error) {
      if (error instanceof TreeError) return otherwise;
      throw error;
    }
  };

  return {
    write: (path, content, mtime) => {
      const slash = path.lastIndexOf('/') + 1;
      const folder = makeFolder(path.slice(0, slash));
      const name = path.slice(slash);
      if (entryOf(folder, name)?.kind === 'folder') throw new TreeError('EISDIR', path);
      folder.entries.set(name, { kind: 'file', path: pathOf(folder, name), content, mtime });
    },
    makeFolder: (path) => void makeFolder(path),
    link: (path, target) => {
      const { folder, name, wantsFolder } = place(path);
      if (isDot(name) || entryOf(folder, name) !== undefined) throw new TreeError('EEXIST', path);
      if (wantsFolder) throw new TreeError('ENOENT', path);
      folder.entries.set(name, { kind: 'link', target });
    },
    remove: (path) => {
      const { folder, name, wantsFolder } = place(path);
      const node = isDot(name) ? folder : entryOf(folder, name);
      if (node === undefined) return false;
      if (node.kind === 'folder') throw new TreeError('EISDIR', path);
      if (wantsFolder) throw new TreeError('ENOTDIR', path);
      return folder.entries.delete(name);
    },
    prune: (path) => {
      const { folder, name } = place(path);
      folder.entries.delete(name);
    },
    rename: (from, to) => {
      const [source, goal] = [place(from), place(to)];
      const node = source.folder.entries.get(source.name);
      if (node?.kind !== 'link') throw new TreeError('ENOENT', from);
      if (goal.folder.entries.get(goal.name)?.kind === 'folder') throw new TreeError('EISDIR', to);
      source.folder.entries.delete(source.name);
      goal.folder.entries.set(goal.name, node);
    },
    find: (path) => {
      const node = quietly(() => follow(top, path), null);
      if (node === null) return null;
      if (node.kind === 'folder') return { kind: 'folder', path: node.path, names: [...node.entries.keys()].sort() };
      const content = typeof node.content === 'function' ? node.content() : node.content;
      return { kind: 'file', path: node.path, content, mtime: node.mtime };
    },
    has: (path) =>
      quietly(() => {
        const { folder, name } = place(path);
        return isDot(name) || entryOf(folder, name) !== undefined;
      }, false),
    readLink: (path) =>
      quietly(() => {
        const { folder, name, wantsFolder } = place(path);
        const node = folder.entries.get(name);
        return node?.kind === 'link' && !wantsFolder ? node.target : null;
      }, null),
    snapshot: () => {
      const kept = copyOf(top, null);
      return () => fill(top, kept);
    },
  };
}

function copyOf(folder: Folder, parent: Folder | null): Folder {
  const copy: Folder = { ...folder, parent, entries: new Map() };
  fill(copy, folder);
  return copy;
}

// Files and links never change; they may be shared.
function fill(folder: Folder, { entries }: Folder): void {
  folder.entries.clear();
  for (const [name, node] of entries) folder.entries.set(name, node.kind === 'folder' ? copyOf(node, folder) : node);
}
