import { completeStore } from './complete-store.ts';
import { StoreError } from './error.ts';
import { joinPath } from './path.ts';
import type { SshAccess } from './sftp-connection.ts';
import { digestByCommand } from './sftp-digest.ts';
import { orNull } from './sftp-error.ts';
import { openSftpPart } from './sftp-part.ts';
import { ending, sftpPlace } from './sftp-place.ts';
import { createSftpReader, versionOf } from './sftp-read.ts';
import type { Entry, EntryKind, Stat, Store } from './store.ts';
import type { Stats } from 'ssh2';

/**
 * Returns the store of a folder behind an SFTP server, `sftp://user@host[:port]/path`. It connects at the first call,
 * and again after a lost connection. Replacing a name in one step needs the server's posix-rename extension (OpenSSH
 * and most others have it); without it, writing is refused rather than done with a gap.
 * @throws StoreError `host-key` for a malformed fingerprint
 */
export function openSftpStore(url: URL, access: SshAccess, signal: AbortSignal): Store {
  const place = sftpPlace(url, access, signal);
  const { name, folder, at, call } = place;
  const { read, readRange } = createSftpReader(place);

  async function statOrNull(path: string): Promise<Stat | null> {
    const facts = await orNull(call<Stats>(path, (sftp, end) => sftp.stat(at(path), end)));
    if (facts === null) return null;
    const kind = facts.isFile() ? 'file' : facts.isDirectory() ? 'directory' : 'other';
    return {
      kind,
      size: facts.size,
      modified: facts.mtime * 1000,
      version: kind === 'file' ? versionOf(facts) : null,
    };
  }

  async function digest(path: string): Promise<string | null> {
    const facts = await statOrNull(path);
    if (facts?.kind !== 'file') return null;
    return digestByCommand(await place.connection(), at(path), facts.size ?? 0, signal);
  }

  async function rename(from: string, to: string): Promise<void> {
    if (!(await place.connection()).offers('posix-rename@openssh.com')) {
      throw new StoreError('not-supported', `${name}: the server has no posix-rename@openssh.com extension`, {
        next: 'Without it nothing can be replaced in one step: use a server that has it, such as OpenSSH.',
      });
    }
    try {
      await call<void>(to, (sftp, end) => sftp.ext_openssh_rename(at(from), at(to), ending(end)));
    } catch (error) {
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
      await call<void>('', (sftp, end) => sftp.mkdir(absolute, ending(end)));
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
    local: false,
    read,
    readRange,
    openPart: (path) => openSftpPart(place, path),
    digest,
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
    makeLink: (path, target) => call<void>(path, (sftp, end) => sftp.symlink(target, at(path), ending(end))),
    removeFile: async (path) =>
      (await orNull(call<void>(path, (sftp, end) => sftp.unlink(at(path), ending(end))).then(() => true))) ?? false,
    removeEmptyDirectory: (path) => call<void>(path, (sftp, end) => sftp.rmdir(at(path), ending(end))),
    close: place.close,
  });
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
