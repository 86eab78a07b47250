import type { SftpConnection } from './sftp-connection.ts';

// ssh2 lets a server send 2 MiB ahead, and OpenSSH lets a client: with requests for more than that there is always one
// waiting. It fills a line of 100 Mbit/s with 150 ms.
const bytesInFlight = 3 * 1024 * 1024;
// What a request costs besides its bytes, so that thousands of small ones are not on their way at once.
const requestWeight = 32 * 1024;
const smallestPiece = 4 * 1024;
// Freed memory that is kept for the next pieces.
const mostBuffers = 24;

export interface OpenFile {
  readonly session: SftpConnection;
  readonly handle: Buffer;
}

/** A piece of a file, and the memory that it lies in. */
interface Piece {
  readonly bytes: Buffer;
  readonly memory: Buffer;
}

/**
 * Yields the bytes of an open file from `start` to `end`, many requests ahead of the reader; a file that is shorter
 * ends it early.
 * @param reuse true when a piece need hold good only until the next one is asked for
 */
export async function* readPieces(
  file: OpenFile,
  start: number,
  end: number,
  { reuse }: { readonly reuse: boolean },
): AsyncGenerator<Uint8Array> {
  const { pieceSize } = file.session;
  const ahead: Promise<Piece>[] = [];
  let asked = start;
  let flying = 0;
  try {
    while (asked < end || ahead.length > 0) {
      while (asked < end && (ahead.length === 0 || flying + pieceSize.read <= bytesInFlight)) {
        const length = Math.min(pieceSize.read, end - asked);
        const piece = readPiece(file, asked, length);
        piece.catch(() => undefined); // looked at when its turn comes
        ahead.push(piece);
        asked += length;
        flying += pieceSize.read;
      }
      const piece = await ahead.shift();
      flying -= pieceSize.read;
      if (piece === undefined || piece.bytes.length === 0) return;
      yield piece.bytes;
      if (reuse) release(file.session, piece.memory);
    }
  } finally {
    // The handle may be closed only after the server has answered all of them.
    await Promise.allSettled(ahead);
  }
}

async function readPiece({ session, handle }: OpenFile, position: number, length: number): Promise<Piece> {
  const memory = session.buffers.pop() ?? Buffer.allocUnsafeSlow(session.pieceSize.read);
  let got = 0;
  while (got < length) {
    const asked = length - got;
    const count = await session.call<number>((sftp, done) =>
      sftp.read(handle, memory, got, asked, position + got, done),
    );
    if (count === 0) break;
    // Older servers give less than they are asked for, and each rest would be one more round trip.
    if (got > 0) session.pieceSize.read = Math.min(session.pieceSize.read, Math.max(got, smallestPiece));
    got += count;
  }
  return { bytes: memory.subarray(0, got), memory };
}

function release(session: SftpConnection, memory: Buffer): void {
  if (session.buffers.length < mostBuffers) session.buffers.push(memory);
}

/** Requests for one file, sent in the order of the calls, as many at once as fill the line. */
export interface SendQueue {
  /**
   * Sends a request when its turn has come, and resolves with its answer.
   * @param weight bytes that it puts onto the line, or keeps the server busy like so many
   * @param start sends it before it returns, or the order is lost
   * @param ready what it cannot be sent without; later requests wait for it, too
   */
  send<Ready>(weight: number, start: (ready: Ready) => Promise<void>, ready: Promise<Ready> | Ready): Promise<void>;
}

interface Waiting {
  readonly weight: number;
  /** Null until it can be sent. */
  start: (() => Promise<void>) | null;
}

export function createSendQueue(): SendQueue {
  const waiting: Waiting[] = [];
  let flying = 0;

  function sendNext(): void {
    for (let next = waiting[0]; next !== undefined && next.start !== null; next = waiting[0]) {
      const { weight, start } = next;
      if (flying > 0 && flying + weight > bytesInFlight) return;
      waiting.shift();
      flying += weight;
      const settled = (): void => {
        flying -= weight;
        sendNext();
      };
      start().then(settled, settled);
    }
  }

  return {
    send: (bytes, start, ready) =>
      new Promise((resolve, reject) => {
        const request: Waiting = { weight: bytes + requestWeight, start: null };
        const enter = (send: () => Promise<void>): void => {
          request.start = () => {
            const answer = send();
            answer.then(resolve, reject);
            return answer;
          };
          sendNext();
        };
        waiting.push(request);
        if (ready instanceof Promise) {
          ready.then(
            (value) => enter(() => start(value)),
            (error: unknown) => enter(() => Promise.reject(error)),
          );
        } else {
          enter(() => start(ready));
        }
      }),
  };
}
