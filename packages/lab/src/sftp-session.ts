import type { Stats } from 'node:fs';
import {
  type FileHandle,
  link,
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
import { basename, dirname, join, posix, sep } from 'node:path';
import { nodeFlags, setAttributes } from './sftp-attributes.ts';
import {
  attributesPacket,
  dataPacket,
  handlePacket,
  namePacket,
  numbersPacket,
  PacketReader,
  request,
  status,
  statusPacket,
  versionPacket,
} from './sftp-packets.ts';
import type { ServerWatch } from './watch.ts';

/** One request as the server saw it, such as `{ operation: 'rename', path: '/a' }`. */
export interface LabSftpRequest {
  readonly operation: string;
  readonly path: string;
}

export interface SftpSessionOptions {
  /** Its real path. */
  readonly root: string;
  /** Names out of {@link sftpExtensions}. */
  readonly extensions: readonly string[];
  /** Called before a request is carried out; a text fails the request with it. */
  readonly onRequest: (seen: LabSftpRequest) => string | undefined;
  /** Called before content is written; returns how many of its bytes the disk takes. Fewer fail the request. */
  readonly onWrite: (bytes: number) => number;
  readonly onRead: (bytes: number) => void;
  readonly watch: ServerWatch;
}

export interface SftpSession {
  /** Carries out one packet (without its length) and returns the answer. Never rejects. */
  answer(bytes: Buffer): Promise<Buffer>;
  close(): Promise<void>;
}

type Handle =
  | { readonly kind: 'file'; readonly asked: string; readonly file: FileHandle }
  | { readonly kind: 'folder'; readonly asked: string; readonly path: string; read: boolean };

/** The extensions that a session can have, each as OpenSSH's PROTOCOL file describes it. */
export const sftpExtensions = [
  'posix-rename@openssh.com',
  'fsync@openssh.com',
  'limits@openssh.com',
  'copy-data',
] as const;
// What OpenSSH answers to limits@openssh.com: longest packet, read and write, and no limit of handles.
const limits = [256 * 1024, 255 * 1024, 255 * 1024, 0] as const;

class SftpFailure extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Returns the SFTP version 3 side of one channel: packets in, packets out, over the folder `root`. */
export function createSftpSession(options: SftpSessionOptions): SftpSession {
  const { root } = options;
  const handles = new Map<string, Handle>();
  let lastHandle = 0;
  let isClosed = false;

  /** Returns the place of `path` with the links of its folder resolved; the last part stays as it is. */
  async function place(path: string): Promise<string> {
    const clean = posix.normalize(`/${path}`);
    if (clean === '/') return root;
    const folder = await realpath(join(root, dirname(clean)));
    assertBelow(folder);
    return join(folder, basename(clean));
  }

  /** As {@link place}, with a link in the last part followed as well. */
  async function follow(path: string): Promise<string> {
    const found = await realpath(await place(path));
    assertBelow(found);
    return found;
  }

  function assertBelow(path: string): void {
    if (path !== root && !path.startsWith(root + sep)) {
      throw new SftpFailure(status.permissionDenied, 'the path leaves the served folder');
    }
  }

  function register(handle: Handle): string {
    const name = String(++lastHandle);
    handles.set(name, handle);
    return name;
  }

  function fileOf(name: string): FileHandle {
    const handle = handles.get(name);
    if (handle?.kind !== 'file') throw new SftpFailure(status.failure, 'no such file handle');
    return handle.file;
  }

  async function openFile(id: number, packet: PacketReader, path: string): Promise<Buffer> {
    const pflags = packet.uint32();
    const { mode } = packet.attributes();
    const real = await place(path).then((found) => realpath(found).catch(() => found));
    assertBelow(real);
    const file = await open(real, nodeFlags(pflags), mode ?? 0o644);
    // Who asked has gone meanwhile, and nobody would close it.
    if (isClosed) await file.close();
    return handlePacket(id, register({ kind: 'file', asked: path, file }));
  }

  async function readFolder(id: number, name: string): Promise<Buffer> {
    const handle = handles.get(name);
    if (handle?.kind !== 'folder') throw new SftpFailure(status.failure, 'no such folder handle');
    if (handle.read) throw new SftpFailure(status.eof, 'end of folder');
    handle.read = true;
    const names: { name: string; stats: Stats | null }[] = [];
    for (const entry of ['.', '..', ...(await readdir(handle.path))]) {
      // A file may go between the listing and this: it is left out then, as a real server does.
      const stats = await lstat(join(handle.path, entry)).catch(() => null);
      if (stats !== null) names.push({ name: entry, stats });
    }
    return namePacket(id, names);
  }

  async function closeHandle(name: string): Promise<void> {
    const handle = handles.get(name);
    if (handle === undefined) throw new SftpFailure(status.failure, 'no such handle');
    handles.delete(name);
    if (handle.kind === 'file') await handle.file.close();
  }

  /** OpenSSH's plain rename: links and unlinks, so that it fails when the new name is taken. */
  async function renamePlain(from: string, to: string): Promise<void> {
    const stats = await lstat(from);
    if (stats.isFile()) {
      await link(from, to);
      return unlink(from);
    }
    const taken = await lstat(to).catch(() => null);
    if (taken !== null) throw new SftpFailure(status.failure, 'Failure');
    await rename(from, to);
  }

  /** OpenSSH's: not within one file, and a source that ends too early fails with «end of file» after what it had. */
  async function copyData(packet: PacketReader): Promise<void> {
    const from = fileOf(packet.text());
    const [offset, length] = [packet.uint64(), packet.uint64()];
    const to = fileOf(packet.text());
    const position = packet.uint64();
    const [one, other] = await Promise.all([from.stat(), to.stat()]);
    if (one.ino === other.ino) throw new SftpFailure(status.failure, 'Failure');
    const bytes = Buffer.alloc(length === 0 ? one.size - offset : length);
    const { bytesRead } = await from.read(bytes, 0, bytes.length, offset);
    await to.write(bytes, 0, bytesRead, position);
    if (bytesRead < length) throw new SftpFailure(status.eof, 'End of file');
  }

  async function extended(id: number, packet: PacketReader, name: string): Promise<Buffer> {
    if (!options.extensions.includes(name)) throw new SftpFailure(status.unsupported, 'Operation unsupported');
    if (name === 'limits@openssh.com') return numbersPacket(id, limits);
    if (name === 'posix-rename@openssh.com') await rename(await place(packet.text()), await place(packet.text()));
    if (name === 'fsync@openssh.com') await fileOf(packet.text()).sync();
    if (name === 'copy-data') await copyData(packet);
    return statusPacket(id, status.ok, 'Success');
  }

  async function receive(type: number, id: number, packet: PacketReader): Promise<Buffer> {
    const subject = packet.text();
    const operation = type === request.extended ? subject : operationName(type);
    // Asked by libraries when they connect, as a part of the greeting: not what a caller did.
    const refusal = operation === 'limits@openssh.com' ? undefined : options.onRequest({ operation, path: subject });
    if (refusal !== undefined) throw new SftpFailure(status.failure, refusal);
    // Handles get their numbers as they come; the path says the same each time.
    const what = type === request.extended ? operation : `${operation} ${handles.get(subject)?.asked ?? subject}`;
    return options.watch(what, () => carryOut(type, id, packet, subject));
  }

  async function carryOut(type: number, id: number, packet: PacketReader, subject: string): Promise<Buffer> {
    const done = (): Buffer => statusPacket(id, status.ok, 'Success');
    switch (type) {
      case request.open:
        return openFile(id, packet, subject);
      case request.close:
        return closeHandle(subject).then(done);
      case request.read: {
        const offset = packet.uint64();
        const bytes = Buffer.alloc(Math.min(packet.uint32(), 255 * 1024));
        const { bytesRead } = await fileOf(subject).read(bytes, 0, bytes.length, offset);
        if (bytesRead === 0) throw new SftpFailure(status.eof, 'End of file');
        options.onRead(bytesRead);
        return dataPacket(id, bytes.subarray(0, bytesRead));
      }
      case request.write: {
        const offset = packet.uint64();
        const bytes = packet.bytes();
        const count = options.onWrite(bytes.length);
        await fileOf(subject).write(bytes, 0, count, offset);
        if (count < bytes.length) throw new SftpFailure(status.failure, 'Failure');
        return done();
      }
      case request.lstat:
        return attributesPacket(id, await lstat(await place(subject)));
      case request.stat:
        return attributesPacket(id, await stat(await follow(subject)));
      case request.fstat:
        return attributesPacket(id, await fileOf(subject).stat());
      case request.setstat:
        return setAttributes(await follow(subject), packet.attributes()).then(done);
      case request.fsetstat:
        return setAttributes(fileOf(subject), packet.attributes()).then(done);
      case request.opendir: {
        const path = await follow(subject);
        if (!(await stat(path)).isDirectory()) throw new SftpFailure(status.noSuchFile, 'not a folder');
        return handlePacket(id, register({ kind: 'folder', asked: subject, path, read: false }));
      }
      case request.readdir:
        return readFolder(id, subject);
      case request.remove:
        return unlink(await place(subject)).then(done);
      case request.mkdir:
        return mkdir(await place(subject)).then(done);
      case request.rmdir:
        return rmdir(await place(subject)).then(done);
      case request.realpath:
        return namePacket(id, [{ name: posix.resolve('/', subject), stats: null }]);
      case request.rename:
        return renamePlain(await place(subject), await place(packet.text())).then(done);
      case request.readlink:
        return namePacket(id, [{ name: await readlink(await place(subject)), stats: null }]);
      case request.symlink:
        // OpenSSH has the target first, against the draft; its clients send it that way to servers that say OpenSSH.
        return symlink(subject, await place(packet.text())).then(done);
      case request.extended:
        return extended(id, packet, subject);
      default:
        throw new SftpFailure(status.unsupported, 'Operation unsupported');
    }
  }

  return {
    async answer(bytes) {
      const packet = new PacketReader(bytes);
      const type = packet.byte();
      const id = type === request.init ? 0 : packet.uint32();
      try {
        if (type === request.init) return await options.watch('init', async () => versionPacket(options.extensions));
        return await receive(type, id, packet);
      } catch (error) {
        return statusPacket(id, ...failureOf(error));
      }
    },
    async close() {
      isClosed = true;
      for (const handle of handles.values()) if (handle.kind === 'file') await handle.file.close();
      handles.clear();
    },
  };
}

function operationName(type: number): string {
  return Object.entries(request).find(([, number]) => number === type)?.[0] ?? `request ${type}`;
}

function failureOf(error: unknown): readonly [code: number, message: string] {
  if (error instanceof SftpFailure) return [error.code, error.message];
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return [status.noSuchFile, 'No such file'];
  if (code === 'EACCES' || code === 'EPERM') return [status.permissionDenied, 'Permission denied'];
  return [status.failure, 'Failure'];
}
