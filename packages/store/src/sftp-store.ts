import { withoutEndSlash } from '@tagflow/http';
import { completeStore } from './complete-store.ts';
import { StoreError, type StoreErrorCode } from './error.ts';
import { joinPath } from './path.ts';
import type { Done, SftpConnection, SshAccess } from './sftp-connection.ts';
import { readPieces, writePieces } from './sftp-transfer.ts';
import type { Content, Entry, EntryKind, ReadOptions, Stat, Store } from './store.ts';
import type { SFTPWrapper, Stats } from 'ssh2';

// SSH_FXF_READ, _WRITE, _CREAT: neither of ssh2's words creates without emptying.
const readWriteCreate = 0x1 | 0x2 | 0x8;
const statusCodes: Readonly<Record<number, StoreErrorCode>> = { 2: 'not-found', 3: 'denied', 8: 'not-supported' };

/**
 * Returns the store of a folder behind an SFTP server, `sftp://user@host[:port]/path`. It connects at the first call,
 * and again after a lost connection. Replacing a name in one step needs the server's posix-rename extension (OpenSSH
 * and most others have it); without it, writing is refused rather than done with a gap.
 */
export function openSftpStore(url: URL, access: SshAccess, signal: AbortSignal): Store {
  const folder = withoutEndSlash(decodeURIComponent(url.pathname));
  const address = { host: url.hostname, port: Number(url.port || '22'), username: decodeURIComponent(url.username) };
  const name = `sftp://${url.username}@${url.host}${withoutEndSlash(url.pathname)}`;
  const at = (path: string): string => (path === '' ? folder || '/' : `${folder}/${path}`);
  let current: Promise<SftpConnection> | null = null;

  async function connection(): Promise<SftpConnection> {
    signal.throwIfAborted();
    if (current !== null) {
      const open = await current.catch(() => null);
      if (open?.isOpen() === true) return open;
    }
    // Loaded when it is needed: most runs never speak SSH, and its library is half of the start-up time.
    current = import('./sftp-connection.ts').then(({ connectSftp }) => connectSftp(address, access, signal));
    return current;
  }

  async function call<Value>(path: string, start: (sftp: SFTPWrapper, done: Done<Value>) => void): Promise<Value> {
    try {
      return await (await connection()).call(start);
    } catch (error) {
      throw asStoreError(`${name}/${path}`, error);
    }
  }

  const done =
    (finish: Done<void>) =>
    (error?: Error | null): void =>
      finish(error, undefined);

  async function statOrNull(path: string): Promise<Stat | null> {
    const facts = await orNull(call<Stats>(path, (sftp, end) => sftp.stat(at(path), end)));
    if (facts === null) return null;
    return {
      kind: facts.isFile() ? 'file' : facts.isDirectory() ? 'directory' : 'other',
      size: facts.size,
      modified: facts.mtime * 1000,
    };
  }

  async function read(path: string, { offset = 0, ifVersion }: ReadOptions): Promise<Content> {
    const session = await connection();
    const handle = await call<Buffer>(path, (sftp, end) => sftp.open(at(path), 'r', end));
    const facts = await call<Stats>(path, (sftp, end) => sftp.fstat(handle, end));
    if (!facts.isFile()) {
      await closeHandle(handle);
      throw new StoreError('wrong-kind', `${name}/${path} is not a file`);
    }
    // Whole seconds: a file replaced within one second by one of equal size looks the same; its digest does not.
    const version = `${facts.mtime}-${facts.size}`;
    const start = (ifVersion === undefined || ifVersion === version) && offset <= facts.size ? offset : 0;
    return { size: facts.size, offset: start, version, body: body(session, path, handle, start, facts.size) };
  }

  async function* body(
    session: SftpConnection,
    path: string,
    handle: Buffer,
    start: number,
    size: number,
  ): AsyncGenerator<Uint8Array> {
    try {
      yield* readPieces(session, handle, start, size);
    } catch (error) {
      throw asStoreError(`${name}/${path}`, error);
    } finally {
      await closeHandle(handle);
    }
  }

  async function closeHandle(handle: Buffer): Promise<void> {
    // A lost connection closed it too, and what went wrong before matters more.
    await call<void>('', (sftp, end) => sftp.close(handle, done(end))).catch(() => undefined);
  }

  async function append(
    path: string,
    source: (offset: number) => AsyncIterable<Uint8Array>,
    size: number,
  ): Promise<number> {
    const present = (await statOrNull(path))?.size ?? 0;
    const start = present <= size ? present : 0;
    if (start !== present) await call<void>(path, (sftp, end) => sftp.unlink(at(path), done(end)));
    const session = await connection();
    const handle = await call<Buffer>(path, (sftp, end) => sftp.open(at(path), readWriteCreate, { mode: 0o644 }, end));
    try {
      const position = await writePieces(session, handle, source(start), start);
      if (position !== size) {
        throw new StoreError('incomplete', `${name}/${path}: the source gave ${position} bytes of ${size}`);
      }
      await syncHandle(path, handle);
      return position - start;
    } catch (error) {
      throw asStoreError(`${name}/${path}`, error);
    } finally {
      await closeHandle(handle);
    }
  }

  async function syncHandle(path: string, handle: Buffer): Promise<void> {
    await call<void>(path, (sftp, end) => ifSupported(() => sftp.ext_openssh_fsync(handle, done(end)), end));
  }

  async function rename(from: string, to: string): Promise<void> {
    try {
      await call<void>(to, (sftp, end) => sftp.ext_openssh_rename(at(from), at(to), done(end)));
    } catch (error) {
      if (error instanceof Error && error.message.includes('does not support this extended request')) {
        throw new StoreError('not-supported', `${name}: the server has no posix-rename@openssh.com extension`, {
          cause: error,
          next: 'Without it nothing can be replaced in one step: use a server that has it, such as OpenSSH.',
        });
      }
      // SFTP version 3 has one word for all failures; a full folder is the one that callers tell apart.
      if (error instanceof StoreError && error.code === 'failed' && (await statOrNull(to)) !== null) {
        throw new StoreError('exists', `${name}/${to} exists already`, { cause: error });
      }
      throw error;
    }
  }

  /** Returns whether the folder is there now. */
  async function makeOne(absolute: string): Promise<boolean> {
    try {
      await call<void>('', (sftp, end) => sftp.mkdir(absolute, done(end)));
      return true;
    } catch (error) {
      if (!(error instanceof StoreError) || error.code === 'unreachable') throw error;
      if (error.code === 'denied')
        throw new StoreError('denied', `${name}: ${absolute} cannot be made`, { cause: error });
      const facts = await orNull(call<Stats>('', (sftp, end) => sftp.stat(absolute, end)));
      return facts?.isDirectory() === true;
    }
  }

  return completeStore({
    url: name,
    read,
    append,
    rename,
    stat: statOrNull,
    list: async (path) => {
      const items = await call<readonly { filename: string; attrs: Stats }[]>(path, (sftp, end) =>
        sftp.readdir(at(path), end),
      );
      return items.map((item) => entryOf(item.filename, item.attrs)).sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    readLink: async (path) => {
      const facts = await orNull(call<Stats>(path, (sftp, end) => sftp.lstat(at(path), end)));
      if (facts === null) return null;
      if (!facts.isSymbolicLink()) throw new StoreError('wrong-kind', `${name}/${path} is not a link`);
      return orNull(call<string>(path, (sftp, end) => sftp.readlink(at(path), end)));
    },
    makeOneDirectory: async (path) => {
      if (await makeOne(at(path))) return;
      // The store's own folder may be missing, too: a new store needs nobody to prepare the server.
      for (let end = folder.indexOf('/', 1); end > 0; end = folder.indexOf('/', end + 1)) {
        await makeOne(folder.slice(0, end));
      }
      await makeOne(folder);
      if (!(await makeOne(at(path)))) throw new StoreError('failed', `${name}/${path}: the folder cannot be made`);
    },
    makeLink: (path, target) => call<void>(path, (sftp, end) => sftp.symlink(target, at(path), done(end))),
    removeFile: async (path) =>
      (await orNull(call<void>(path, (sftp, end) => sftp.unlink(at(path), done(end))).then(() => true))) ?? false,
    removeEmptyDirectory: (path) => call<void>(path, (sftp, end) => sftp.rmdir(at(path), done(end))),
    close: async () => {
      const open = await current?.catch(() => null);
      open?.end();
    },
  });
}

async function orNull<Value>(result: Promise<Value>): Promise<Value | null> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof StoreError && error.code === 'not-found') return null;
    throw error;
  }
}

function entryOf(name: string, facts: Stats): Entry {
  const kind: EntryKind = facts.isFile()
    ? 'file'
    : facts.isDirectory()
      ? 'directory'
      : facts.isSymbolicLink()
        ? 'link'
        : 'other';
  return { name: joinPath(name), kind, size: facts.size, modified: facts.mtime * 1000 };
}

function ifSupported(request: () => void, end: Done<void>): void {
  try {
    request();
  } catch {
    end(null, undefined);
  }
}

function asStoreError(where: string, cause: unknown): unknown {
  if (cause instanceof StoreError || !(cause instanceof Error) || !('code' in cause)) return cause;
  if (typeof cause.code !== 'number') return cause;
  return new StoreError(statusCodes[cause.code] ?? 'failed', `${where}: ${cause.message}`, { cause });
}
