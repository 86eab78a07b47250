/** What takes in a body. A piece is good until what it returns has resolved: then other bytes lie there. */
export type Sink = (piece: Uint8Array) => Promise<void> | void;

/** A body of known length that arrives in pieces, each in a buffer of its own until it has been taken. */
export interface Pouring {
  /** Takes in the bytes `from` to `to` of a buffer. */
  arrive(buffer: Uint8Array, from: number, to: number): void;
  isWhole(): boolean;
  /** Whether more came than the body. */
  hasMore(): boolean;
  /** Whether the next piece is waited for: it is the server's turn. */
  isWaiting(): boolean;
  /** Resolves when the sink has taken everything; rejects with what it throws. */
  into(sink: Sink): Promise<void>;
}

interface Piece {
  readonly buffer: Uint8Array;
  readonly bytes: Uint8Array;
}

/**
 * @param length bytes of the body
 * @param spare gets each buffer back that has been taken
 * @param readOn is called when there is nothing left to take
 */
export function startPouring(length: number, spare: Uint8Array[], readOn: () => void): Pouring {
  // One, but for TLS, which hands over all that it has decrypted.
  const pieces: Piece[] = [];
  let arrived = 0;
  let hasMore = false;
  let wake: (() => void) | null = null;

  const nextPiece = async (): Promise<Piece> => {
    if (pieces.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
        readOn();
      });
    }
    return pieces.shift() as Piece;
  };

  return {
    arrive(buffer, from, to) {
      const end = Math.min(to, from + length - arrived);
      if (end < to) hasMore = true;
      if (end === from) {
        spare.push(buffer);
        return;
      }
      arrived += end - from;
      pieces.push({ buffer, bytes: buffer.subarray(from, end) });
      wake?.();
      wake = null;
    },
    isWhole: () => arrived === length,
    hasMore: () => hasMore,
    isWaiting: () => wake !== null,
    async into(sink) {
      for (let left = length; left > 0;) {
        const { buffer, bytes } = await nextPiece();
        left -= bytes.length;
        await sink(bytes);
        // A sink that failed may still be about to read: then the buffer is not used again.
        spare.push(buffer);
      }
    },
  };
}
