import { hash } from 'node:crypto';
import { createZeroSplitter, type PieceTaker } from './zero-runs.ts';

/** How a file is cut. Lengths in bytes. */
export interface CutRules {
  /** No chunk is shorter, but before zeros and at the end of the file. */
  readonly min: number;
  /** Up to here a cut is rare, from here on likely, so that lengths stay near it. */
  readonly normal: number;
  readonly max: number;
  /** A run of at least so many zeros is no data. */
  readonly minZeros: number;
  /** How many bits of the rolling hash have to be 0 for a cut before `normal`, and after it. */
  readonly rareBits: number;
  readonly likelyBits: number;
}

const kib = 1024;

/**
 * The rules of every published index: files that are cut by others share no chunks with them. Random data gives chunks
 * of 61 KiB on average. Measured on successive images: a smaller `min` or half the length saves no bytes (the longer
 * index takes what the chunks save), masks further apart cost up to a tenth more, and below `min` no byte is looked at.
 */
export const cutRules: CutRules = {
  min: 32 * kib,
  normal: 48 * kib,
  max: 256 * kib,
  minZeros: 32 * kib,
  rareBits: 17,
  likelyBits: 14,
};

/** Takes the entries of a file, in file order. */
export interface CutSink {
  /** The bytes are good during the call only. */
  chunk(bytes: Uint8Array): void;
  /** A whole run of zeros: two never follow each other. */
  zeros(length: number): void;
}

/**
 * Returns what cuts a file where its contents say so: bytes that have moved are cut at the same places again, soon
 * after the change (gear hash and normalised chunking: Xia et al., FastCDC, USENIX ATC 2016).
 */
export function startCutting(sink: CutSink, rules: CutRules = cutRules): PieceTaker {
  const scan = createScan(rules);
  // The beginning of a chunk whose end is in a later piece; others are never copied.
  const carry = new Uint8Array(rules.max);
  let carried = 0;

  const endChunk = (tail: Uint8Array): void => {
    if (carried === 0) {
      if (tail.length > 0) sink.chunk(tail);
    } else {
      carry.set(tail, carried);
      sink.chunk(carry.subarray(0, carried + tail.length));
      carried = 0;
    }
    scan.rolling = 0;
  };
  const nothing = new Uint8Array(0);
  const splitter = createZeroSplitter(rules.minZeros, {
    data: (bytes) => {
      let start = 0;
      for (let end = findCut(scan, bytes, -carried); end !== null; end = findCut(scan, bytes, start)) {
        endChunk(bytes.subarray(start, end));
        start = end;
      }
      carry.set(bytes.subarray(start), carried);
      carried += bytes.length - start;
    },
    zeros: (length) => {
      endChunk(nothing);
      sink.zeros(length);
    },
  });
  return {
    update: splitter.update,
    finish: () => {
      splitter.finish();
      endChunk(nothing);
    },
  };
}

interface Scan {
  readonly rules: CutRules;
  readonly gear: Int32Array;
  readonly rareMask: number;
  readonly likelyMask: number;
  /** The hash of the chunk as far as it has been looked at: of its last 32 bytes. */
  rolling: number;
}

/** A byte stands for 32 fixed random bits: words of the sha256 of a counter, so that nobody has to trust a table. */
function createScan(rules: CutRules): Scan {
  const gear = new Int32Array(256);
  for (let block = 0; block < 32; block += 1) {
    const words = hash('sha256', `tagflow/gear/v1/${block}`, 'buffer');
    for (let word = 0; word < 8; word += 1) gear[block * 8 + word] = words.readInt32LE(word * 4);
  }
  return { rules, gear, rareMask: -1 << (32 - rules.rareBits), likelyMask: -1 << (32 - rules.likelyBits), rolling: 0 };
}

/**
 * Returns where the chunk ends that began at `start` (below 0: in an earlier piece), null when not in these bytes. One
 * function with the loops in it: V8 then has fast code for them within the first piece, a second later otherwise.
 */
function findCut(scan: Scan, bytes: Uint8Array, start: number): number | null {
  const { gear, rareMask, likelyMask } = scan;
  const { min, normal, max } = scan.rules;
  let { rolling } = scan;
  let position = Math.max(0, start + min - 1);
  for (const turn = Math.min(bytes.length, start + normal - 1); position < turn; position += 1) {
    rolling = ((rolling << 1) + (gear[bytes[position] as number] as number)) | 0;
    if ((rolling & rareMask) === 0) return position + 1;
  }
  for (const last = Math.min(bytes.length, start + max - 1); position < last; position += 1) {
    rolling = ((rolling << 1) + (gear[bytes[position] as number] as number)) | 0;
    if ((rolling & likelyMask) === 0) return position + 1;
  }
  scan.rolling = rolling;
  return position < bytes.length ? position + 1 : null;
}
