import { ImagesError } from '../error.ts';
import { type CutRules, cutRules } from './cut.ts';

/**
 * What an image is made of, in file order: chunks of data, each known by its sha256, and runs of zeros. It is the file
 * `<image>.cidx` with a table of where its records are: an image of 100 000 chunks takes 5 MB.
 *
 * The file, all numbers little endian: the magic; min, normal, max, minZeros and the count of entries (32 bits each);
 * the image's size (64 bits) and sha256 (32 bytes); then for a chunk its length (32 bits) and sha256, for a run of
 * zeros 32 bits of 0 and its length (64 bits).
 */
export interface ChunkIndex {
  /** Bytes of the image. */
  readonly size: number;
  /** Of the image; 64 hex digits. */
  readonly sha256: string;
  /** Entries. */
  readonly count: number;
  /** Where each entry begins in the image, and at last the image's size. */
  readonly offsets: Float64Array;
  /** Where each entry begins in `bytes`. */
  readonly records: Uint32Array;
  /** The file. Equal images give equal bytes. */
  readonly bytes: Buffer;
}

/** Collects the entries of an index. */
export interface ChunkIndexWriter {
  /** @param digest sha256 as 32 bytes */
  chunk(length: number, digest: Buffer): void;
  zeros(length: number): void;
  /** @param sha256 of the image, 64 hex digits */
  finish(sha256: string): ChunkIndex;
}

const magic = 'tagflow/chunks/v1\n';
const headerLength = magic.length + 5 * 4 + 8 + 32;
const chunkRecord = 4 + 32;
const zerosRecord = 4 + 8;
/** An index says itself how long its chunks may be; more than this nobody should have to hold in memory. */
const maxChunk = 16 * 1024 * 1024;

/** Returns an empty index. @param rules that the image is cut by */
export function startChunkIndex(rules: CutRules = cutRules): ChunkIndexWriter {
  let bytes = Buffer.alloc(64 * 1024);
  let end = headerLength;
  let count = 0;
  let size = 0;
  const add = (record: number, length: number): number => {
    if (end + record > bytes.length) bytes = Buffer.concat([bytes], bytes.length * 2);
    const at = end;
    end += record;
    size += length;
    count += 1;
    return at;
  };
  return {
    chunk: (length, digest) => {
      const at = add(chunkRecord, length);
      bytes.writeUInt32LE(length, at);
      digest.copy(bytes, at + 4);
    },
    zeros: (length) => {
      const at = add(zerosRecord, length);
      bytes.writeUInt32LE(0, at);
      bytes.writeBigUInt64LE(BigInt(length), at + 4);
    },
    finish: (sha256) => {
      let at = bytes.write(magic, 'latin1');
      for (const value of [rules.min, rules.normal, rules.max, rules.minZeros, count]) {
        at = bytes.writeUInt32LE(value, at);
      }
      at = bytes.writeBigUInt64LE(BigInt(size), at);
      bytes.write(sha256, at, 'hex');
      return parseChunkIndex(Buffer.from(bytes.subarray(0, end)), 'the index of this image');
    },
  };
}

/** Returns the `.cidx` file of an index. */
export function formatChunkIndex(index: ChunkIndex): Buffer {
  return index.bytes;
}

/** Returns how long the index of an image of `imageSize` bytes can be: what is longer is none. */
export function maxIndexBytes(imageSize: number): number {
  // At worst a byte of data stands between two runs of zeros that are just long enough.
  const { min, minZeros } = cutRules;
  return headerLength + (Math.ceil(imageSize / Math.min(min, minZeros)) + 1) * (chunkRecord + zerosRecord);
}

/**
 * Returns the index that the bytes of a `.cidx` file are; they are kept.
 * @param where what to call the file in an error
 * @throws ImagesError `unreadable-index` for anything else: its entries always add up to its size
 */
export function parseChunkIndex(bytes: Buffer, where: string): ChunkIndex {
  checkMagic(bytes, where);
  let at = magic.length;
  const number = (): number => bytes.readUInt32LE((at += 4) - 4);
  const [min, normal, max] = [number(), number(), number()];
  at += 4; // minZeros: for who wants to know
  const count = number();
  const size = readLength(bytes, at, where);
  const sha256 = bytes.toString('hex', at + 8, headerLength);
  if (min === 0 || min > normal || normal > max || max > maxChunk) {
    throw unreadable(where, `says that its chunks are ${min} to ${max} bytes long, ${normal} as a rule`);
  }
  // Before anything as long as the count says is made.
  if (count * zerosRecord > bytes.length - headerLength) throw unreadable(where, `is too short for ${count} entries`);
  const offsets = new Float64Array(count + 1);
  const records = new Uint32Array(count);
  let record = headerLength;
  let offset = 0;
  let afterZeros = false;
  for (let entry = 0; entry < count; entry += 1) {
    if (record + zerosRecord > bytes.length) throw unreadable(where, `ends in entry ${entry + 1} of ${count}`);
    records[entry] = record;
    const chunk = bytes.readUInt32LE(record);
    const isZeros = chunk === 0;
    const length = isZeros ? readLength(bytes, record + 4, where) : chunk;
    if (chunk > max || length === 0 || (isZeros && afterZeros)) {
      throw unreadable(where, `has an impossible entry ${entry + 1} of ${count}`);
    }
    record += isZeros ? zerosRecord : chunkRecord;
    offset += length;
    offsets[entry + 1] = offset;
    afterZeros = isZeros;
    if (offset > size) throw unreadable(where, `has entries for more than the ${size} bytes of its image`);
  }
  if (offset !== size) throw unreadable(where, `has entries for ${offset} of the ${size} bytes of its image`);
  if (record !== bytes.length) throw unreadable(where, `is ${bytes.length} bytes long; its entries take ${record}`);
  return { size, sha256, count, offsets, records, bytes };
}

/** Returns whether an entry is a run of zeros. */
export function isZerosEntry(index: ChunkIndex, entry: number): boolean {
  return index.bytes.readUInt32LE(index.records[entry]) === 0;
}

/** Returns a text that is the same for chunks of the same bytes, and for no others. */
export function chunkKey(index: ChunkIndex, entry: number): string {
  const record = index.records[entry] ?? 0;
  // The length belongs to it: an index can lie.
  return index.bytes.toString('latin1', record, record + chunkRecord);
}

function checkMagic(bytes: Buffer, where: string): void {
  const start = bytes.toString('latin1', 0, 64);
  if (start.startsWith(magic)) {
    if (bytes.length >= headerLength) return;
    throw unreadable(where, `ends after ${bytes.length} bytes, in its header`);
  }
  const version = /^tagflow\/chunks\/v(\d{1,9})\n/.exec(start)?.[1];
  if (version !== undefined) throw unreadable(where, `is of version ${version}; this tagflow reads version 1`);
  throw unreadable(where, /^\s*</.test(start) ? 'is an HTML page, not a chunk index' : 'is not a chunk index');
}

function readLength(bytes: Buffer, at: number, where: string): number {
  const length = bytes.readBigUInt64LE(at);
  if (length <= Number.MAX_SAFE_INTEGER) return Number(length);
  throw unreadable(where, `speaks of ${length} bytes, more than any file has`);
}

function unreadable(where: string, what: string): ImagesError {
  return new ImagesError('unreadable-index', `${where} ${what}`, {
    next: 'Images are transferred whole without it. Remove one that is damaged; publishing its folder again makes it anew.',
  });
}
