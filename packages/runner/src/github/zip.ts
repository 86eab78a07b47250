import type { FileHandle } from 'node:fs/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { RunnerError } from '../error.ts';

/** A file of a zip archive, as its central directory tells. */
export interface ZipEntry {
  /** As it stands there: nobody has looked yet where it leads. */
  readonly path: string;
  /** Bytes, unpacked. */
  readonly size: number;
  /** Gives the unpacked bytes. @throws RunnerError `reports-refused` when they are not what the directory says */
  pour(sink: (piece: Uint8Array) => Promise<void>): Promise<void>;
}

const endLength = 22;
const mostEntries = 10_000;
const mostDirectoryBytes = 8 * 1024 * 1024;
const pieceBytes = 64 * 1024;

/**
 * Returns the files of a zip archive (PKWARE's APPNOTE). Only its central directory is believed, each file has to be
 * what that says, and nothing is unpacked further than it says. No ZIP64, no encryption, no links.
 * @throws RunnerError `reports-refused`
 */
export async function readZip(file: FileHandle): Promise<readonly ZipEntry[]> {
  const { size } = await file.stat();
  const end = await readEnd(file, size);
  const count = end.readUInt16LE(10);
  const [length, start] = [end.readUInt32LE(12), end.readUInt32LE(16)];
  if (end.readUInt16LE(4) !== 0 || end.readUInt16LE(8) !== count) throw bad('it has several parts');
  if (count === 0xffff || length === 0xffffffff || start === 0xffffffff) throw bad('it is of the form ZIP64');
  if (count > mostEntries || length > mostDirectoryBytes) throw bad('it has too many files');
  const directory = await readExactly(file, start, length, size);
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > length || directory.readUInt32LE(at) !== 0x02014b50) throw bad('its directory is broken');
    const lengths = [28, 30, 32].map((offset) => directory.readUInt16LE(at + offset));
    const [nameLength = 0, extra = 0, comment = 0] = lengths;
    const header = directory.subarray(at, at + 46);
    const name = directory.subarray(at + 46, at + 46 + nameLength);
    at += 46 + nameLength + extra + comment;
    if (at > length) throw bad('its directory is broken');
    const entry = entryOf(file, size, header, Buffer.from(name));
    if (entry === null) continue;
    if (entries.some(({ path }) => path === entry.path)) throw bad(`it has ${JSON.stringify(entry.path)} twice`);
    entries.push(entry);
  }
  return entries;
}

async function readEnd(file: FileHandle, size: number): Promise<Buffer> {
  const length = Math.min(size, endLength + 0xffff);
  const tail = await readExactly(file, size - length, length, size);
  for (let at = length - endLength; at >= 0; at -= 1) {
    const isEnd = tail.readUInt32LE(at) === 0x06054b50 && at + endLength + tail.readUInt16LE(at + 20) === length;
    if (isEnd) return tail.subarray(at);
  }
  throw bad('it is none');
}

/** Returns null for a folder. */
function entryOf(file: FileHandle, archiveSize: number, header: Buffer, name: Buffer): ZipEntry | null {
  const path = name.toString('utf8');
  const told = JSON.stringify(path.slice(0, 200));
  const [flags, method] = [header.readUInt16LE(8), header.readUInt16LE(10)];
  const [sum, packed, size] = [header.readUInt32LE(16), header.readUInt32LE(20), header.readUInt32LE(24)];
  const start = header.readUInt32LE(42);
  const fileType = (header.readUInt32LE(38) >>> 28) & 0xf;
  if ((flags & 0x2041) !== 0) throw bad(`${told} is encrypted`);
  if (packed === 0xffffffff || size === 0xffffffff || start === 0xffffffff) throw bad('it is of the form ZIP64');
  if (path.endsWith('/')) return null;
  // Of a Unix mode; 0 where it was made elsewhere, 8 for a plain file.
  if (fileType !== 0 && fileType !== 8) throw bad(`${told} is no plain file`);
  if (method !== 0 && method !== 8) throw bad(`${told} is packed in a way that is not known (${method})`);
  if (method === 0 && packed !== size) throw bad(`${told} has two sizes`);
  const pour: ZipEntry['pour'] = async (sink) => {
    const local = await readExactly(file, start, 30 + name.byteLength, archiveSize);
    const isSame = local.readUInt32LE(0) === 0x04034b50 && local.readUInt16LE(26) === name.byteLength;
    if (!isSame || !local.subarray(30).equals(name)) throw bad(`${told} is not where its directory says`);
    const from = start + 30 + name.byteLength + local.readUInt16LE(28);
    const pieces = readPieces(file, from, packed, archiveSize);
    let [found, seen] = [0, 0];
    for await (const piece of method === 0 ? pieces : inflated(pieces, told)) {
      seen += piece.byteLength;
      if (seen > size) throw bad(`${told} is longer than its directory says`);
      found = crc32(piece, found);
      await sink(piece);
    }
    if (seen !== size || found !== sum) throw bad(`${told} is not what its directory says`);
  };
  return { path, size, pour };
}

async function* inflated(pieces: AsyncIterable<Buffer>, told: string): AsyncGenerator<Buffer> {
  const inflate = createInflateRaw({ chunkSize: pieceBytes });
  const feeding = (async () => {
    for await (const piece of pieces) {
      if (!inflate.write(piece)) await new Promise<void>((resume) => inflate.once('drain', () => resume()));
    }
    inflate.end();
  })().catch((error: unknown) => inflate.destroy(error instanceof Error ? error : new Error(String(error))));
  try {
    for await (const piece of inflate as AsyncIterable<Buffer>) yield piece;
    await feeding;
  } catch (error) {
    if (error instanceof RunnerError) throw error;
    throw bad(`${told} cannot be unpacked`);
  } finally {
    inflate.destroy();
  }
}

async function* readPieces(file: FileHandle, from: number, length: number, size: number): AsyncGenerator<Buffer> {
  for (let done = 0; done < length; done += pieceBytes) {
    yield await readExactly(file, from + done, Math.min(pieceBytes, length - done), size);
  }
}

async function readExactly(file: FileHandle, from: number, length: number, size: number): Promise<Buffer> {
  if (from < 0 || from + length > size) throw bad('it is cut off');
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, from);
  if (bytesRead !== length) throw bad('it is cut off');
  return bytes;
}

function bad(why: string): RunnerError {
  return new RunnerError('reports-refused', `the archive of the report files: ${why}`);
}
