import { constants } from 'node:fs';
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  rename,
  rmdir,
  stat,
  symlink,
  unlink,
} from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withoutEndSlash } from '@tagflow/http';
import { batchBytes } from './batch-bytes.ts';
import { completeStore } from './complete-store.ts';
import { StoreError, type StoreErrorCode } from './error.ts';
import type { ByteSource, Content, Entry, EntryKind, ReadOptions, Store } from './store.ts';

const readSize = 1024 * 1024;

/** Returns the store of a folder on this machine, `file:///…`. The folder itself need not exist before a write. */
export function openFolderStore(url: URL, signal: AbortSignal): Store {
  const root = fileURLToPath(url);
  const name = withoutEndSlash(url.href);
  const at = (path: string): string => join(root, path);
  const fail = (path: string, error: unknown): never => {
    throw asStoreError(`${name}/${path}`, error);
  };

  async function read(path: string, { offset = 0, ifVersion }: ReadOptions): Promise<Content> {
    const file = await open(at(path), 'r').catch((error: unknown) => fail(path, error));
    const facts = await file.stat();
    if (!facts.isFile()) {
      await file.close();
      throw new StoreError('wrong-kind', `${name}/${path} is not a file`);
    }
    const version = `${facts.ino}-${facts.mtimeMs}-${facts.size}`;
    const start = (ifVersion === undefined || ifVersion === version) && offset <= facts.size ? offset : 0;
    return { size: facts.size, offset: start, version, body: readFrom(file, start, signal) };
  }

  async function append(path: string, source: ByteSource, size: number): Promise<number> {
    const file = await open(at(path), constants.O_RDWR | constants.O_CREAT, 0o644).catch((error: unknown) =>
      fail(path, error),
    );
    try {
      const present = (await file.stat()).size;
      const start = present <= size ? present : 0;
      if (start !== present) await file.truncate(0);
      let position = start;
      for await (const batch of batchBytes(source(start))) {
        signal.throwIfAborted();
        await writeAll(file, batch, position).catch((error: unknown) => fail(path, error));
        position += batch.length;
      }
      await file.sync();
      if (position !== size) {
        throw new StoreError('incomplete', `${name}/${path}: the source gave ${position} bytes of ${size}`);
      }
      return position - start;
    } finally {
      await file.close();
    }
  }

  return completeStore({
    url: name,
    read,
    append,
    stat: async (path) => {
      try {
        const facts = await stat(at(path));
        return {
          kind: facts.isFile() ? 'file' : facts.isDirectory() ? 'directory' : 'other',
          size: facts.size,
          modified: facts.mtimeMs,
        };
      } catch (error) {
        return isAbsent(error) ? null : fail(path, error);
      }
    },
    list: async (path) => {
      const names = await readdir(at(path)).catch((error: unknown) => fail(path, error));
      const entries = await Promise.all(names.sort().map((entry) => entryOf(at(path), entry)));
      return entries.filter((entry) => entry !== null);
    },
    readLink: async (path) => {
      try {
        return await readlink(at(path));
      } catch (error) {
        return isAbsent(error) ? null : fail(path, error);
      }
    },
    makeOneDirectory: (path) =>
      mkdir(at(path), { recursive: true }).then(
        () => undefined,
        (error: unknown) => fail(path, error),
      ),
    rename: (from, to) => rename(at(from), at(to)).catch((error: unknown) => fail(to, error)),
    makeLink: (path, target) => symlink(target, at(path)).catch((error: unknown) => fail(path, error)),
    removeFile: async (path) => {
      try {
        await unlink(at(path));
        return true;
      } catch (error) {
        return isAbsent(error) ? false : fail(path, error);
      }
    },
    removeEmptyDirectory: (path) => rmdir(at(path)).catch((error: unknown) => fail(path, error)),
    close: () => Promise.resolve(),
  });
}

async function* readFrom(file: FileHandle, start: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for (let position = start; ;) {
      signal.throwIfAborted();
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(readSize), 0, readSize, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
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

function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(systemCode(error));
}

const codes: Readonly<Record<string, StoreErrorCode>> = {
  ENOENT: 'not-found',
  ENOTDIR: 'not-found',
  EEXIST: 'exists',
  ENOTEMPTY: 'exists',
  EISDIR: 'wrong-kind',
  EINVAL: 'wrong-kind',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
};

function asStoreError(where: string, cause: unknown): unknown {
  const code = systemCode(cause);
  if (code === '') return cause;
  return new StoreError(codes[code] ?? 'failed', `${where}: ${words[code] ?? 'the file system refused'} (${code})`, {
    cause,
  });
}

const words: Readonly<Record<string, string>> = {
  ENOENT: 'not found',
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'exists already',
  ENOTEMPTY: 'exists already and is not empty',
  EISDIR: 'is a folder',
  EINVAL: 'is not a link',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left',
};
