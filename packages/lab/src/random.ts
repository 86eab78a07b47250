import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';

/** Random numbers that a seed decides. */
export interface Random {
  /** Between 0 and 1, without 1, as Math.random. */
  next(): number;
  /** A whole number from 0 to `below` - 1. */
  integer(below: number): number;
}

/** Returns a generator (mulberry32) whose numbers depend on the seed alone. */
export function createRandom(seed: string): Random {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  return { next, integer: (below) => Math.floor(next() * below) };
}

/** Returns the 40 hex digits that the parts decide, as a commit would have. */
export function fakeSha(...parts: readonly (string | number)[]): string {
  return createHash('sha1').update(parts.join('/')).digest('hex');
}

const blockSize = 1 << 20;

/** Returns `size` bytes that the seed decides; they do not compress. */
export function randomBytes(seed: string, size: number): Buffer {
  // An XOF gives as many bytes as asked for, in native code.
  return size === 0 ? Buffer.alloc(0) : createHash('shake128', { outputLength: size }).update(seed).digest();
}

/**
 * Returns a stream of `size` bytes that the seed decides: one keyed block of 1 MiB over and over, each with its number
 * at the front, so that hundreds of MB cost next to nothing and no two blocks are equal.
 */
export function randomStream(seed: string, size: number): Readable {
  return Readable.from(blocks(seed, size), { objectMode: false });
}

function* blocks(seed: string, size: number): Generator<Buffer> {
  const pattern = randomBytes(seed, Math.min(size, blockSize));
  for (let at = 0; at < size; at += blockSize) {
    const block = Buffer.from(pattern.subarray(0, Math.min(blockSize, size - at)));
    if (block.length >= 8) block.writeBigUInt64LE(BigInt(at), 0);
    yield block;
  }
}
