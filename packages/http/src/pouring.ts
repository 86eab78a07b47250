/** What takes in a body. A piece is good until what it returns has resolved: then other bytes lie there. */
export type Sink = (piece: Uint8Array) => Promise<void> | void;

/** A body of known length that arrives in pieces, each in a buffer of its own until it has been taken. */
export interface Pouring {
  /** Takes in the bytes `from` to `to` of a buffer. Returns whether the next ones are waited for already. */
  arrive(buffer: Uint8Array, from: number, to: number): boolean;
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
  const { promise: whole, resolve, reject } = Promise.withResolvers<void>();
  // One, but for TLS, which hands over all that it has decrypted.
  const pieces: Piece[] = [];
  let sink: Sink | null = null;
  let arrived = 0;
  let taken = 0;
  let hasMore = false;
  // Stays so once the sink has failed.
  let isTaking = false;

  const isWaiting = (): boolean => sink !== null && !isTaking && pieces.length === 0 && taken < length;
  const took = ({ buffer, bytes }: Piece): void => {
    isTaking = false;
    taken += bytes.length;
    // A sink that failed may still be about to read: then the buffer is not used again.
    spare.push(buffer);
  };
  /** Gives the sink what there is, as long as it takes it at once: a promise a piece costs more than the piece. */
  const give = (): void => {
    while (sink !== null && !isTaking && pieces.length > 0) {
      const piece = pieces.shift() as Piece;
      isTaking = true;
      try {
        const taking = sink(piece.bytes);
        if (taking === undefined) took(piece);
        else {
          taking.then(() => {
            took(piece);
            give();
            if (isWaiting()) readOn();
          }, reject);
        }
      } catch (error) {
        reject(error);
      }
    }
    if (taken === length) resolve();
  };

  return {
    arrive(buffer, from, to) {
      const end = Math.min(to, from + length - arrived);
      if (end < to) hasMore = true;
      if (end === from) spare.push(buffer);
      else {
        arrived += end - from;
        pieces.push({ buffer, bytes: buffer.subarray(from, end) });
        give();
      }
      return isWaiting();
    },
    isWhole: () => arrived === length,
    hasMore: () => hasMore,
    isWaiting,
    into(taker) {
      sink = taker;
      give();
      if (isWaiting()) readOn();
      return whole;
    },
  };
}
