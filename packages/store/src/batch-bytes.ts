const batchSize = 1024 * 1024;

/** Yields the same bytes in pieces of about 1 MiB: a write costs as much as the network, whatever its length. */
export async function* batchBytes(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source) {
    waiting.push(chunk);
    length += chunk.length;
    if (length >= batchSize) {
      yield joined(waiting, length);
      waiting = [];
      length = 0;
    }
  }
  if (length > 0) yield joined(waiting, length);
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length);
}
