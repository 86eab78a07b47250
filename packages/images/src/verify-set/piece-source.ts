import type { ArchiveSource } from '../unpack/archive-source.ts';

/** The bytes of a file as they come, once, from its beginning on. */
export interface PieceSource extends ArchiveSource {
  /** Returns the next bytes, up to `length`, which stay to be read. */
  peek(length: number): Promise<Buffer>;
  /** Passes over bytes; returns how many there were. */
  skip(length: number): Promise<number>;
}

/**
 * Returns pieces as something that a tar is read from.
 * @param size of all of them in bytes; null where nobody knows
 * @param explain what is thrown for an error of the pieces
 */
export function sourceOf(
  pieces: AsyncIterable<Uint8Array>,
  size: number | null,
  explain: (error: unknown, position: number) => unknown = (error) => error,
): PieceSource {
  const iterator = pieces[Symbol.asyncIterator]();
  let position = 0;
  let rest: Buffer = Buffer.alloc(0);
  const next = async (): Promise<Buffer | null> => {
    try {
      const { value, done } = await iterator.next();
      if (done === true) return null;
      return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    } catch (error) {
      throw explain(error, position);
    }
  };
  /** Returns false at the end. */
  const more = async (): Promise<boolean> => {
    const piece = await next();
    if (piece !== null) rest = piece;
    return piece !== null;
  };
  const take = (length: number): Buffer => {
    const taken = rest.subarray(0, length);
    rest = rest.subarray(taken.length);
    position += taken.length;
    return taken;
  };
  return {
    size,
    position: () => position,
    async read(into) {
      let done = 0;
      while (done < into.length && (rest.length > 0 || (await more())))
        done += take(into.length - done).copy(into, done);
      return done;
    },
    async skip(length) {
      let done = 0;
      while (done < length && (rest.length > 0 || (await more()))) done += take(length - done).length;
      return done;
    },
    async peek(length) {
      const seen = [rest];
      for (let there = rest.length; there < length;) {
        const piece = await next();
        if (piece === null) break;
        seen.push(piece);
        there += piece.length;
      }
      if (seen.length > 1) rest = Buffer.concat(seen);
      return rest.subarray(0, length);
    },
    async finish() {
      while (rest.length > 0 || (await more())) take(rest.length);
    },
    isChanged: () => Promise.resolve(false),
    close: () => Promise.resolve(),
  };
}
