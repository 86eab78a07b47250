import { createCipheriv, createHash } from 'node:crypto';
import fc from 'fast-check';
import { type CutRules, startCutting } from '../src/chunks/cut.ts';
import { createIndexBuilder } from '../src/chunks/index-builder.ts';
import type { TransferPlan } from '../src/chunks/transfer-plan.ts';
import type { ChunkIndex } from '../src/chunks/chunk-index.ts';

/** So short that a few kB have everything in them. */
export const shortRules: CutRules = {
  ...{ min: 32, normal: 64, max: 256, minZeros: 40 },
  ...{ rareBits: 8, likelyBits: 4 },
};

/** Returns bytes that look random and are always the same. */
export function noise(seed: string, length: number): Buffer {
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16)).update(Buffer.alloc(length));
}

/** How a small file is made: parts of random or repeated bytes, or zeros. Short, for the reader of a failure. */
export interface Recipe {
  readonly what: 'noise' | 'again' | 'zeros';
  readonly seed: number;
  readonly length: number;
}

export const recipes: fc.Arbitrary<readonly Recipe[]> = fc.array(
  fc.record({
    what: fc.constantFrom('noise', 'again', 'zeros'),
    seed: fc.nat(9),
    length: fc.oneof(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 1, max: 90 })),
  }),
  { maxLength: 8 },
);

export function make(recipe: readonly Recipe[]): Buffer {
  return Buffer.concat(
    recipe.map(({ what, seed, length }) => {
      if (what === 'noise') return noise(`${seed}`, length);
      return what === 'again' ? Buffer.alloc(length, `ab${seed}`) : Buffer.alloc(length);
    }),
  );
}

/** Returns a file in pieces whose lengths are taken in turn. */
export function* inPieces(file: Buffer, lengths: readonly number[]): Generator<Buffer> {
  for (let from = 0, turn = 0; from < file.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? file.length;
    yield file.subarray(from, from + length);
    from += length;
  }
}

/** An entry of a file: bytes, or how many zeros. */
export type Entry = Buffer | number;

export function cutFile(pieces: Iterable<Buffer>, rules?: CutRules): Entry[] {
  const entries: Entry[] = [];
  const sink = {
    chunk: (bytes: Uint8Array) => void entries.push(Buffer.from(bytes)),
    zeros: (length: number) => void entries.push(length),
  };
  const cutter = startCutting(sink, rules);
  for (const piece of pieces) cutter.update(piece);
  cutter.finish();
  return entries;
}

export function indexOf(file: Buffer, rules?: CutRules): ChunkIndex {
  const builder = createIndexBuilder(rules === undefined ? {} : { rules });
  builder.update(file);
  return builder.finish();
}

/** Puts a file together as a plan says. */
export function rebuild(plan: TransferPlan, source: Buffer, bases: readonly Buffer[]): Buffer {
  return Buffer.concat(
    plan.map((segment) => {
      if (segment.kind === 'zeros') return Buffer.alloc(segment.length);
      const from = segment.kind === 'base' ? bases[segment.base] : source;
      return from?.subarray(segment.offset, segment.offset + segment.length) ?? Buffer.alloc(0);
    }),
  );
}
