import type { PartFile } from '@tagflow/store';
import { feedZeros, spansOfData } from './blocks.ts';
import { blameBase } from './trouble.ts';

/** Puts a file together from its beginning on. Each call goes on where the one before ended. */
export interface Placer {
  /** A hole, or what reads as one. */
  zeros(length: number): void;
  /** Resolves when more may come; `whenPlaced` is called when the bytes are written and may change again. */
  bytes(bytes: Buffer, whenPlaced: () => void): Promise<void>;
  /** The same with a copy at the far end. Only where the part has `copy`, and without a tap. */
  copy(base: string, offset: number, length: number, whenPlaced: () => void): Promise<void>;
  /** Resolves when all is in place. */
  finish(): Promise<void>;
  /** Resolves when nothing is on its way any more, whatever became of it. */
  settle(): Promise<void>;
}

export interface PlacerOptions {
  readonly part: PartFile;
  /** Where the first byte goes. */
  readonly from: number;
  /** How many writes may be on their way. */
  readonly writesAhead: number;
  /** Gets every byte in order; null where nobody wants them. */
  readonly tap: ((bytes: Uint8Array) => void) | null;
}

export function createPlacer({ part, from, writesAhead, tap }: PlacerOptions): Placer {
  const writes: Promise<void>[] = [];
  let position = from;

  const enqueue = async (write: () => Promise<void>): Promise<void> => {
    while (writes.length >= writesAhead) await writes.shift();
    const begun = write();
    begun.catch(() => undefined); // looked at when its turn comes
    writes.push(begun);
  };

  return {
    zeros(length) {
      if (tap !== null) feedZeros(length, tap);
      position += length;
    },
    async bytes(bytes, whenPlaced) {
      const at = position;
      position += bytes.length;
      tap?.(bytes);
      const spans = spansOfData(bytes);
      if (spans.length === 0) whenPlaced();
      let left = spans.length;
      for (const { start, end } of spans) {
        await enqueue(async () => {
          await part.write(bytes.subarray(start, end), at + start);
          left -= 1;
          if (left === 0) whenPlaced();
        });
      }
    },
    async copy(base, offset, length, whenPlaced) {
      const at = position;
      position += length;
      await enqueue(async () => {
        await part.copy?.(base, offset, length, at).catch((error: unknown) => {
          throw blameBase(error);
        });
        whenPlaced();
      });
    },
    async finish() {
      while (writes.length > 0) await writes.shift();
    },
    settle: async () => void (await Promise.allSettled(writes)),
  };
}
