/** Takes a file apart into stretches of zeros and the data between them, in file order. */
export interface ZeroRunSink {
  /** Data; a stretch of it may come in several pieces. They are good during the call only. */
  data(bytes: Uint8Array): void;
  /** A whole run of zeros, as long as it is: no zero stands before it or after it. */
  zeros(length: number): void;
}

/** Takes in a file, in pieces of any size. */
export interface PieceTaker {
  /** The piece is not needed after the call. */
  update(piece: Uint8Array): void;
  /** The file ends here. */
  finish(): void;
}

/**
 * Returns what finds the runs of at least `minimum` zeros. Where a run begins and ends is a matter of the bytes alone,
 * not of their place in the file or of the pieces: a run that has moved is still found, and so is the data behind it.
 */
export function createZeroSplitter(minimum: number, sink: ZeroRunSink): PieceTaker {
  const page = Buffer.alloc(minimum);
  let pending = 0; // zeros at the end of what has come so far

  const settle = (): void => {
    if (pending >= minimum) sink.zeros(pending);
    else if (pending > 0) sink.data(page.subarray(0, pending));
    pending = 0;
  };
  return {
    update: (piece) => {
      let position = endOfZeros(piece, 0, page);
      pending += position;
      while (position < piece.length) {
        settle();
        const run = findRun(piece, position, page);
        sink.data(piece.subarray(position, run.from));
        pending = run.to - run.from;
        position = run.to;
      }
    },
    finish: settle,
  };
}

/** Returns the first run that is long enough, or else the zeros at the end of the piece, however few. */
function findRun(piece: Uint8Array, position: number, page: Buffer): { readonly from: number; readonly to: number } {
  const minimum = page.length;
  // Each run that is long enough lies over one of the places looked at: the bytes between them need no look.
  for (let probe = position + minimum - 1; probe < piece.length; probe += minimum) {
    if (piece[probe] !== 0) continue;
    const from = startOfZeros(piece, probe);
    const to = endOfZeros(piece, probe, page);
    if (to - from >= minimum) return { from, to };
  }
  return { from: startOfZeros(piece, piece.length), to: piece.length };
}

function startOfZeros(piece: Uint8Array, position: number): number {
  let from = position;
  while (from > 0 && piece[from - 1] === 0) from -= 1;
  return from;
}

function endOfZeros(piece: Uint8Array, position: number, page: Buffer): number {
  const step = Math.min(4096, page.length);
  let to = position;
  while (to + step <= piece.length && piece[to] === 0 && page.compare(piece, to, to + step, 0, step) === 0) to += step;
  while (to < piece.length && piece[to] === 0) to += 1;
  return to;
}
