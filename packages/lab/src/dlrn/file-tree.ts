/** A file's bytes, or how to make them when somebody asks. */
export type Content = string | Buffer | (() => string | Buffer);

type Node =
  | { readonly kind: 'file'; readonly content: Content; readonly mtime: number }
  | { readonly kind: 'link'; readonly target: string; readonly mtime: number }
  | { readonly kind: 'folder'; readonly names: Set<string> };

/** What a path leads to, links followed. */
export type Found =
  | { readonly kind: 'file'; readonly path: string; readonly content: string | Buffer; readonly mtime: number }
  | { readonly kind: 'folder'; readonly path: string; readonly names: readonly string[] };

/**
 * A small file system in memory, with relative links as DLRN makes them. Paths have no slash at either end; `''` is
 * the top. The error codes are those of the system calls that DLRN makes.
 */
export interface FileTree {
  /** Writes a file and the folders above it. */
  write(path: string, content: Content, mtime: number): void;
  /** Makes a link: `ENOENT` without the folder above, `EEXIST` when the name is taken, `ENAMETOOLONG`. */
  link(path: string, target: string, mtime: number): void;
  /** Removes a file or a link: `EISDIR` for a folder, `ENAMETOOLONG`. Returns whether there was one. */
  remove(path: string): boolean;
  /** Gives a link another name, over what is there, in one step. */
  rename(from: string, to: string): void;
  /** Returns what a path leads to, or null; a link that dangles or goes round leads nowhere. */
  find(path: string): Found | null;
  /** Returns the text of a link itself, or null where there is no link. */
  readLink(path: string): string | null;
}

export class TreeError extends Error {
  readonly code: 'ENOENT' | 'EEXIST' | 'EISDIR' | 'ENAMETOOLONG';
  constructor(code: TreeError['code'], path: string) {
    super(`${code}: ${path}`);
    this.code = code;
  }
}

/** Returns an empty tree. */
export function createFileTree(): FileTree {
  const nodes = new Map<string, Node>([['', { kind: 'folder', names: new Set() }]]);

  const addName = (path: string): void => {
    const parent = nodes.get(folderOf(path));
    if (parent?.kind !== 'folder') throw new TreeError('ENOENT', path);
    parent.names.add(nameOf(path));
  };
  const makeFolders = (path: string): void => {
    if (path === '' || nodes.has(path)) return;
    makeFolders(folderOf(path));
    nodes.set(path, { kind: 'folder', names: new Set() });
    addName(path);
  };
  const checkName = (path: string): void => {
    if (Buffer.byteLength(nameOf(path)) > 255) throw new TreeError('ENAMETOOLONG', path);
  };

  // Follows links name by name, as the kernel does.
  const resolve = (path: string, hops: number): string | null => {
    let reached = '';
    const names = path.split('/').filter((name) => name !== '' && name !== '.');
    for (const [index, name] of names.entries()) {
      reached = name === '..' ? folderOf(reached) : reached === '' ? name : `${reached}/${name}`;
      const node = nodes.get(reached);
      if (node === undefined) return null;
      if (node.kind !== 'link') continue;
      if (hops >= 40) return null;
      const rest = names.slice(index + 1).join('/');
      return resolve(`${folderOf(reached)}/${node.target}/${rest}`, hops + 1);
    }
    return reached;
  };

  return {
    write: (path, content, mtime) => {
      makeFolders(folderOf(path));
      nodes.set(path, { kind: 'file', content, mtime });
      addName(path);
    },
    link: (path, target, mtime) => {
      checkName(path);
      if (nodes.has(path)) throw new TreeError('EEXIST', path);
      addName(path);
      nodes.set(path, { kind: 'link', target, mtime });
    },
    remove: (path) => {
      checkName(path);
      const node = nodes.get(path);
      if (node === undefined) return false;
      if (node.kind === 'folder') throw new TreeError('EISDIR', path);
      nodes.delete(path);
      const parent = nodes.get(folderOf(path));
      if (parent?.kind === 'folder') parent.names.delete(nameOf(path));
      return true;
    },
    rename: (from, to) => {
      const node = nodes.get(from);
      if (node?.kind !== 'link') throw new TreeError('ENOENT', from);
      if (nodes.get(to)?.kind === 'folder') throw new TreeError('EISDIR', to);
      addName(to);
      nodes.set(to, node);
      nodes.delete(from);
      const parent = nodes.get(folderOf(from));
      if (parent?.kind === 'folder') parent.names.delete(nameOf(from));
    },
    find: (path) => {
      const reached = resolve(path, 0);
      const node = reached === null ? undefined : nodes.get(reached);
      if (reached === null || node === undefined || node.kind === 'link') return null;
      if (node.kind === 'folder') return { kind: 'folder', path: reached, names: [...node.names].sort() };
      const content = typeof node.content === 'function' ? node.content() : node.content;
      return { kind: 'file', path: reached, content, mtime: node.mtime };
    },
    readLink: (path) => {
      const node = nodes.get(path);
      return node?.kind === 'link' ? node.target : null;
    },
  };
}

function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
