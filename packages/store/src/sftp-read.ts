import type { Stats } from 'ssh2';
import { StoreError } from './error.ts';
import { asStoreError } from './sftp-error.ts';
import { ending, type SftpPlace } from './sftp-place.ts';
import { type OpenFile, readPieces } from './sftp-transfer.ts';
import type { Content, FileRange, ReadOptions, Sink } from './store.ts';

interface KeptFile extends OpenFile {
  /** Ranges that are being read. */
  users: number;
}

/** Reading files of an SFTP server. */
export interface SftpReader {
  read(path: string, options: ReadOptions): Promise<Content>;
  readRange(path: string, range: FileRange, sink: Sink): Promise<void>;
}

// Ranges of one file follow each other, and opening it for each would cost two more round trips a range.
const mostKept = 4;

/** Whole seconds: a file replaced within one second by one of equal size looks the same; its digest does not. */
export function versionOf(facts: Stats): string {
  return `${facts.mtime}-${facts.size}`;
}

export function createSftpReader(place: SftpPlace): SftpReader {
  /** Open files by version and path, the longest unused one first. */
  const kept = new Map<string, Promise<KeptFile>>();

  async function open(path: string): Promise<KeptFile> {
    const session = await place.connection();
    try {
      const handle = await session.call<Buffer>((sftp, end) => sftp.open(place.at(path), 'r', end));
      return { session, handle, users: 0 };
    } catch (error) {
      throw asStoreError(`${place.name}/${path}`, error);
    }
  }

  async function close({ session, handle }: OpenFile): Promise<void> {
    // A lost connection closed it too, and what went wrong before matters more.
    await session.call<void>((sftp, end) => sftp.close(handle, ending(end))).catch(() => undefined);
  }

  async function factsOf({ session, handle }: OpenFile): Promise<Stats> {
    return session.call<Stats>((sftp, end) => sftp.fstat(handle, end));
  }

  async function read(path: string, { offset = 0, ifVersion }: ReadOptions): Promise<Content> {
    const file = await open(path);
    try {
      const facts = await factsOf(file);
      if (!facts.isFile()) throw new StoreError('wrong-kind', `${place.name}/${path} is not a file`);
      const version = versionOf(facts);
      const start = (ifVersion === undefined || ifVersion === version) && offset <= facts.size ? offset : 0;
      return { size: facts.size, offset: start, version, body: body(path, file, start, facts.size) };
    } catch (error) {
      await close(file);
      throw asStoreError(`${place.name}/${path}`, error);
    }
  }

  async function* body(path: string, file: OpenFile, start: number, size: number): AsyncGenerator<Uint8Array> {
    try {
      yield* readPieces(file, start, size, { reuse: false });
    } catch (error) {
      throw asStoreError(`${place.name}/${path}`, error);
    } finally {
      await close(file);
    }
  }

  /** Returns an open file that was of this version when it was opened, if one is kept. */
  async function take(key: string, path: string): Promise<KeptFile> {
    const known = kept.get(key);
    const file = await known?.catch(() => null);
    if (file?.session.isOpen() === true) return file;
    if (known !== undefined && kept.get(key) === known) kept.delete(key);
    const other = kept.get(key);
    if (other !== undefined) return take(key, path);
    const opened = open(path);
    kept.set(key, opened);
    return opened;
  }

  async function closeUnused(): Promise<void> {
    for (const [key, opened] of kept) {
      if (kept.size <= mostKept) return;
      const file = await opened.catch(() => null);
      if (file !== null && file.users > 0) continue;
      kept.delete(key);
      if (file !== null) await close(file);
    }
  }

  async function readRange(path: string, range: FileRange, sink: Sink): Promise<void> {
    const { version } = range;
    if (version === undefined) {
      // Whatever lies there now, and so never a file that was opened before.
      const file = await open(path);
      return pour(path, file, range, sink).finally(() => close(file));
    }
    const key = `${version} ${path}`;
    const file = await take(key, path);
    file.users += 1;
    try {
      await pour(path, file, range, sink);
    } catch (error) {
      kept.delete(key);
      throw error;
    } finally {
      file.users -= 1;
      if (file.users === 0 && !kept.has(key)) await close(file);
      else await closeUnused();
    }
  }

  async function pour(path: string, file: OpenFile, { offset, length, version }: FileRange, sink: Sink): Promise<void> {
    const where = `${place.name}/${path}`;
    // Asked on the way, before the first piece: one round trip for both.
    const isSame = version === undefined ? null : factsOf(file).then((facts) => versionOf(facts) === version);
    isSame?.catch(() => undefined); // looked at below
    let given = 0;
    try {
      for await (const piece of readPieces(file, offset, offset + length, { reuse: true })) {
        if (given === 0 && (await isSame) === false) throw changed(where, 'is another file than it was');
        given += piece.length;
        await sink(piece);
      }
    } catch (error) {
      throw asStoreError(where, error);
    }
    if (given === length) return;
    throw changed(where, `ends ${length - given} bytes before the end of what was to be read`);
  }

  return { read, readRange };
}

function changed(where: string, what: string): StoreError {
  return new StoreError('changed', `${where} ${what}`, {
    next: 'Begin again: the bytes that were read before may be of the other one.',
  });
}
