import { createHash, hash } from 'node:crypto';
import { type ChunkIndex, startChunkIndex } from './chunk-index.ts';
import { type CutRules, cutRules, startCutting } from './cut.ts';

/** Takes in an image while its bytes pass by, in pieces of any size. */
export interface IndexBuilder {
  /** The piece is not needed after the call. */
  update(piece: Uint8Array): void;
  /** @param known what somebody else has found the whole to be; needed where `hashesWhole` is false */
  finish(known?: { readonly sha256: string }): ChunkIndex;
}

export interface IndexBuilderOptions {
  /** False where the digest of the whole is computed elsewhere: it is half of the work. Default true. */
  readonly hashesWhole?: boolean;
  /** Default: those of every published index. */
  readonly rules?: CutRules;
}

/** Returns the builder of one index. */
export function createIndexBuilder({ hashesWhole = true, rules = cutRules }: IndexBuilderOptions = {}): IndexBuilder {
  const writer = startChunkIndex(rules);
  const cutter = startCutting(
    {
      chunk: (bytes) => writer.chunk(bytes.length, hash('sha256', bytes, 'buffer')),
      zeros: (length) => writer.zeros(length),
    },
    rules,
  );
  const whole = hashesWhole ? createHash('sha256') : null;
  return {
    update: (piece) => {
      whole?.update(piece);
      cutter.update(piece);
    },
    finish: (known) => {
      cutter.finish();
      const sha256 = known?.sha256 ?? whole?.digest('hex');
      if (sha256 === undefined) throw new TypeError('nobody has computed the digest of the whole');
      return writer.finish(sha256);
    },
  };
}
