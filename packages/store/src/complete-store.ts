import { randomBytes } from 'node:crypto';
import { StoreError } from './error.ts';
import { joinPath, nameOf, parentOf, parsePath } from './path.ts';
import type { Content, Entry, FileRange, PartFile, ReadOptions, Sink, Stat, Store } from './store.ts';

/** What a kind of store has to bring; paths are checked already. */
export interface StorePrimitives {
  readonly url: string;
  readonly local: boolean;
  readRange(path: string, range: FileRange, sink: Sink): Promise<void>;
  openPart(path: string): Promise<PartFile>;
  digest(path: string): Promise<string | null>;
  read(path: string, options: ReadOptions): Promise<Content>;
  stat(path: string): Promise<Stat | null>;
  list(path: string): Promise<readonly Entry[]>;
  readLink(path: string): Promise<string | null>;
  /** Makes one folder; its parent exists. One that exists is fine. */
  makeOneDirectory(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Makes a new link; nothing of its name exists. */
  makeLink(path: string, target: string): Promise<void>;
  removeFile(path: string): Promise<boolean>;
  removeEmptyDirectory(path: string): Promise<void>;
  close(): Promise<void>;
}

/** Longest file that is read into memory as a text. */
export const longestText = 16 * 1024 * 1024;

/** Returns a writable store out of what its kind can do: atomic arrival and whole trees are the same for all. */
export function completeStore(primitives: StorePrimitives): Store {
  async function write(path: string, content: string | Uint8Array): Promise<void> {
    const bytes = Buffer.from(content);
    const temporary = besides(path, 'part');
    try {
      await fill(await primitives.openPart(temporary), bytes);
      await primitives.rename(temporary, path);
    } catch (error) {
      await primitives.removeFile(temporary).catch(() => false);
      throw error;
    }
  }

  async function link(path: string, target: string): Promise<void> {
    // A rename would replace a file silently, and what is no link was put there by somebody else.
    await primitives.readLink(path).catch((error: unknown) => {
      throw error instanceof StoreError && error.code === 'wrong-kind'
        ? new StoreError('exists', `${primitives.url}/${path} exists and is not a link: it is not replaced by one`)
        : error;
    });
    const temporary = besides(path, 'link');
    try {
      await primitives.makeLink(temporary, target);
      await primitives.rename(temporary, path);
    } catch (error) {
      await primitives.removeFile(temporary).catch(() => false);
      throw error;
    }
  }

  async function makeDirectory(path: string): Promise<void> {
    if (path === '' || (await primitives.stat(path))?.kind === 'directory') return;
    await makeDirectory(parentOf(path));
    await primitives.makeOneDirectory(path);
  }

  /** Listing a link lists what it leads to: a label would take its hash with it. */
  async function refuseLink(path: string): Promise<void> {
    const target = await primitives.readLink(path).catch((error: unknown) => {
      if (error instanceof StoreError && error.code === 'wrong-kind') return null;
      throw error;
    });
    if (target === null) return;
    throw new StoreError('wrong-kind', `${primitives.url}/${path} is a link to ${target}, and no folder to remove`);
  }

  async function removeTree(path: string): Promise<void> {
    let entries: readonly Entry[];
    try {
      entries = await primitives.list(path);
    } catch (error) {
      if (error instanceof StoreError && error.code === 'not-found') return;
      throw error;
    }
    for (const entry of entries) {
      const inner = joinPath(path, entry.name);
      if (entry.kind === 'directory') await removeTree(inner);
      else await primitives.removeFile(inner);
    }
    await primitives.removeEmptyDirectory(path);
  }

  return {
    url: primitives.url,
    writable: true,
    local: primitives.local,
    read: async (path, options = {}) => primitives.read(parsePath(path), options),
    readRange: async (path, range, sink) => primitives.readRange(parsePath(path), range, sink),
    readText: async (path) => (await readWhole(primitives, parsePath(path), longestText))?.toString('utf8') ?? null,
    readBytes: async (path, { maxBytes }) => readWhole(primitives, parsePath(path), maxBytes),
    openPart: async (path) => primitives.openPart(parsePath(path)),
    digest: async (path) => primitives.digest(parsePath(path)),
    stat: async (path) => primitives.stat(parsePath(path)),
    list: async (path) => primitives.list(parsePath(path)),
    readLink: async (path) => primitives.readLink(parsePath(path)),
    write: async (path, content) => write(parsePath(path), content),
    makeDirectory: async (path) => makeDirectory(parsePath(path)),
    rename: async (from, to) => primitives.rename(parsePath(from), parsePath(to)),
    link: async (path, target) => link(parsePath(path), target),
    remove: async (path) => primitives.removeFile(parsePath(path)),
    removeTree: async (path) => {
      await refuseLink(parseTree(path));
      await removeTree(path);
    },
    close: primitives.close,
  };
}

function parseTree(path: string): string {
  if (path === '') throw new StoreError('bad-path', 'the store itself is not removed: name a folder in it');
  return parsePath(path);
}

// Random, because two processes may write the same file at once. Nothing depends on how random it is.
function besides(path: string, what: string): string {
  return joinPath(parentOf(path), `.${nameOf(path)}.${randomBytes(6).toString('hex')}.${what}`);
}

async function fill(part: PartFile, bytes: Buffer): Promise<void> {
  try {
    if (bytes.length > 0) await part.write(bytes, 0);
    await part.finish(bytes.length);
  } finally {
    await part.close();
  }
}

async function readWhole(primitives: StorePrimitives, path: string, maxBytes: number): Promise<Buffer | null> {
  let content: Content;
  try {
    content = await primitives.read(path, {});
  } catch (error) {
    if (error instanceof StoreError && error.code === 'not-found') return null;
    throw error;
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of content.body) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new StoreError('failed', `${primitives.url}/${path} is longer than ${maxBytes} bytes: not a small file`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
