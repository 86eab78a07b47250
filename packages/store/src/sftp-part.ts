import type { Stats } from 'ssh2';
import { StoreError } from './error.ts';
import type { Done } from './sftp-connection.ts';
import { asStoreError, asWriteError, statusOf } from './sftp-error.ts';
import { ending, type SftpPlace } from './sftp-place.ts';
import { createSendQueue } from './sftp-transfer.ts';
import type { PartFile } from './store.ts';

// SSH_FXF_READ, _WRITE, _CREAT: neither of ssh2's words creates without emptying.
const readWriteCreate = 0x1 | 0x2 | 0x8;
const endOfFile = 1;
const noSuchFile = 2;
// A server that copies answers nothing else on this session meanwhile: 32 MiB is a tenth of a second.
const longestCopy = 32 * 1024 * 1024;
// Copies are not on the line; this many of the longest are asked for ahead.
const copyWeight = 1 / 32;

interface Source {
  readonly handle: Buffer;
  readonly size: number;
}

/** Opens a part file on a server. Its handles belong to the session: after a lost connection it is opened anew. */
export async function openSftpPart(place: SftpPlace, path: string): Promise<PartFile> {
  const where = `${place.name}/${path}`;
  const session = await place.connection();
  const sources = new Map<string, Promise<Source>>();
  const queue = createSendQueue();

  async function named<Value>(result: Promise<Value>, asError = asStoreError): Promise<Value> {
    try {
      return await result;
    } catch (error) {
      throw asError(where, error);
    }
  }

  const facts = (): Promise<Stats> => named(session.call<Stats>((sftp, end) => sftp.fstat(handle, end)));
  const closeHandle = async (open: Buffer): Promise<void> =>
    // A lost connection closed it too, and what went wrong before matters more.
    session.call<void>((sftp, end) => sftp.close(open, ending(end))).catch(() => undefined);

  const handle = await named(
    session.call<Buffer>((sftp, end) => sftp.open(place.at(path), readWriteCreate, { mode: 0o644 }, end)),
    asWriteError,
  );
  const present = await facts().catch(async (error: unknown) => {
    await closeHandle(handle);
    throw error;
  });

  function writePiece(bytes: Buffer, position: number): Promise<void> {
    const send = (): Promise<void> =>
      session.call((sftp, end) => sftp.write(handle, bytes, 0, bytes.length, position, ending(end)));
    return queue.send(bytes.length, send, null);
  }

  async function write(bytes: Uint8Array, position: number): Promise<void> {
    const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const size = session.pieceSize.write;
    const pieces: Promise<void>[] = [];
    for (let at = 0; at < whole.length; at += size) {
      pieces.push(writePiece(whole.subarray(at, at + size), position + at));
    }
    // All of them, before the caller may change the bytes.
    await Promise.allSettled(pieces);
    await named(Promise.all(pieces), asWriteError);
  }

  async function openSource(from: string): Promise<Source> {
    const source = await session.call<Buffer>((sftp, end) => sftp.open(place.at(from), 'r', end));
    const { size } = await session.call<Stats>((sftp, end) => sftp.fstat(source, end));
    return { handle: source, size };
  }

  async function copy(from: string, offset: number, length: number, position: number): Promise<void> {
    // OpenSSH refuses it, with "Failure".
    if (from === path) throw new StoreError('failed', `${where}: a server copies nothing within one file`);
    if (length === 0) return;
    const opened = sources.get(from) ?? openSource(from);
    sources.set(from, opened);
    const send = async (source: Source, at: number, count: number): Promise<void> => {
      // OpenSSH copies what there is and calls that a success.
      if (offset + length > source.size) throw shorter(`${place.name}/${from}`);
      return session.call((sftp, end) =>
        sftp.ext_copy_data(source.handle, offset + at, count, handle, position + at, ending(end)),
      );
    };
    const pieces: Promise<void>[] = [];
    for (let at = 0; at < length; at += longestCopy) {
      // Never 0, which would mean the whole rest of the file.
      const count = Math.min(longestCopy, length - at);
      pieces.push(queue.send(count * copyWeight, (source) => send(source, at, count), opened));
    }
    await Promise.allSettled(pieces);
    try {
      await Promise.all(pieces);
    } catch (error) {
      throw copyError(place, from, where, error);
    }
  }

  async function finish(size: number): Promise<void> {
    if ((await facts()).size !== size) {
      await named(
        session.call<void>((sftp, end) => sftp.fsetstat(handle, { size }, ending(end))),
        asWriteError,
      );
      const now = (await facts()).size;
      if (now !== size) throw new StoreError('failed', `${where}: the server left it ${now} bytes long, not ${size}`);
    }
    if (session.offers('fsync@openssh.com')) {
      const sync = session.call<void>((sftp, end: Done<void>) => sftp.ext_openssh_fsync(handle, ending(end)));
      await named(sync, asWriteError);
    }
  }

  async function close(): Promise<void> {
    const opened = await Promise.allSettled(sources.values());
    const handles = opened.flatMap((source) => (source.status === 'fulfilled' ? [source.value.handle] : []));
    await Promise.all([handle, ...handles].map(closeHandle));
  }

  return { present: present.size, write, copy: session.offers('copy-data') ? copy : null, finish, close };
}

function copyError(place: SftpPlace, from: string, to: string, cause: unknown): unknown {
  const source = `${place.name}/${from}`;
  const status = statusOf(cause);
  if (status === null) return cause;
  if (status === endOfFile) return shorter(source, cause);
  if (status === noSuchFile) return asStoreError(source, cause);
  return asWriteError(`${to}, copied from ${source}`, cause);
}

function shorter(source: string, cause?: unknown): StoreError {
  return new StoreError('changed', `${source} is shorter than what is to be copied from it: it is another file now`, {
    cause,
    next: 'Begin again, or send those bytes instead.',
  });
}
