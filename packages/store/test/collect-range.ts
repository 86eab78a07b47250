import type { FileRange, Store } from '../src/store.ts';

/** Returns a range as one buffer, out of copies: a piece is good only until the sink has returned. */
export async function collectRange(store: Store, path: string, range: FileRange): Promise<Buffer> {
  const pieces: Buffer[] = [];
  await store.readRange(path, range, (piece) => void pieces.push(Buffer.from(piece)));
  return Buffer.concat(pieces);
}
