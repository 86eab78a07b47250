import type { ImagesEffects } from '../effects.ts';
import { readPart, type SourceFile } from './source-file.ts';

/** A part of a file that is on its way into memory. */
export interface Arrival {
  /** Where it grows; what is in it beyond `arrived` is old. */
  readonly bytes: Buffer;
  /** Bytes that are there, from the beginning. */
  arrived(): number;
  /**
   * Resolves when `count` bytes are there, or fewer that are all that will come. Rejects with what went wrong when there
   * are no more than `taken`.
   */
  until(count: number, taken: number): Promise<void>;
  /** Resolves when nothing comes any more. Never rejects. */
  readonly ended: Promise<void>;
}

/** Begins to read `bytes.length` bytes of a file at `offset`. */
export function startArrival(file: SourceFile, offset: number, bytes: Buffer, effects: ImagesEffects): Arrival {
  let arrived = 0;
  let failure: { readonly error: unknown } | null = null;
  let waiting: { readonly count: number; readonly wake: () => void } | null = null;
  const take = (piece: Uint8Array): void => {
    bytes.set(piece, arrived);
    arrived += piece.length;
    if (waiting !== null && arrived >= waiting.count) waiting.wake();
  };
  const read = async (): Promise<void> => {
    try {
      await readPart(file, { offset, length: bytes.length }, take, effects);
      if (arrived < bytes.length) throw new TypeError(`${file.path}: ${arrived} bytes of ${bytes.length} were given`);
    } catch (error) {
      failure = { error };
    }
    waiting?.wake();
  };
  return {
    bytes,
    ended: read(),
    arrived: () => arrived,
    until: async (count, taken) => {
      if (arrived < count && failure === null) {
        await new Promise<void>((wake) => {
          waiting = { count, wake };
        });
        waiting = null;
      }
      if (arrived === taken && failure !== null) throw failure.error;
    },
  };
}
