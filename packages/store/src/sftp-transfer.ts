import type { SftpConnection } from './sftp-connection.ts';

// 2 MiB on their way: enough to fill a line of 100 Mbit/s with 150 ms. Every server takes pieces of 32 KiB.
const pieceSize = 32 * 1024;
const piecesInFlight = 64;

/** Yields the bytes of an open file from `start` to `size`, many requests ahead of the reader. */
export async function* readPieces(
  connection: SftpConnection,
  handle: Buffer,
  start: number,
  size: number,
): AsyncGenerator<Uint8Array> {
  const ahead: Promise<Uint8Array>[] = [];
  let asked = start;
  try {
    while (asked < size || ahead.length > 0) {
      while (asked < size && ahead.length < piecesInFlight) {
        const length = Math.min(pieceSize, size - asked);
        const piece = readPiece(connection, handle, asked, length);
        piece.catch(() => undefined); // looked at when its turn comes
        ahead.push(piece);
        asked += length;
      }
      const piece = await ahead.shift();
      if (piece === undefined || piece.length === 0) return;
      yield piece;
    }
  } finally {
    // The handle may be closed only after the server has answered all of them.
    await Promise.allSettled(ahead);
  }
}

async function readPiece(
  connection: SftpConnection,
  handle: Buffer,
  position: number,
  length: number,
): Promise<Uint8Array> {
  const piece = Buffer.allocUnsafe(length);
  let got = 0;
  while (got < length) {
    const count = await connection.call<number>((sftp, done) =>
      sftp.read(handle, piece, got, length - got, position + got, done),
    );
    if (count === 0) break;
    got += count;
  }
  return piece.subarray(0, got);
}

/** Writes the source at `start`, many requests ahead of the server's answers. Returns where it ended. */
export async function writePieces(
  connection: SftpConnection,
  handle: Buffer,
  source: AsyncIterable<Uint8Array>,
  start: number,
): Promise<number> {
  const flying = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | null = null;
  let position = start;
  try {
    for await (const chunk of source) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      for (let at = 0; at < bytes.length; at += pieceSize) {
        const length = Math.min(pieceSize, bytes.length - at);
        const from = position;
        const piece = connection
          .call<unknown>((sftp, done) => sftp.write(handle, bytes, at, length, from, (error) => done(error, null)))
          .then(
            () => void flying.delete(piece),
            (error: unknown) => {
              flying.delete(piece);
              failure ??= { error };
            },
          );
        flying.add(piece);
        position += length;
        if (flying.size >= piecesInFlight) await Promise.race(flying);
        throwIfFailed(failure);
      }
    }
  } finally {
    await Promise.all(flying);
  }
  throwIfFailed(failure);
  return position;
}

function throwIfFailed(failure: { readonly error: unknown } | null): void {
  if (failure !== null) throw failure.error;
}
