import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip } from 'node:zlib';

// Where no NUL is in so many bytes, it is a text: what git and grep go by.
const probe = 8000;

/**
 * Returns the text of a log as it comes: that of a `.gz` unpacked.
 * @throws Error for a file that is no text, one that unpacks to more than the limit, and what reading throws
 */
export async function* textOfLog(
  file: string,
  bytes: AsyncIterable<Uint8Array>,
  unpackedLimit: number,
): AsyncGenerator<Uint8Array> {
  const text = file.endsWith('.gz') ? unpacked(bytes, unpackedLimit) : bytes;
  let begin: Buffer | null = Buffer.alloc(0);
  for await (const chunk of text) {
    if (begin === null) yield chunk;
    else {
      begin = Buffer.concat([begin, chunk]);
      if (begin.length < probe) continue;
      yield checked(begin);
      begin = null;
    }
  }
  if (begin !== null) yield checked(begin);
}

function checked(begin: Buffer): Buffer {
  if (begin.subarray(0, probe).includes(0)) throw new Error('it is not a text');
  return begin;
}

async function* unpacked(bytes: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  // A job that was killed leaves a file without its end: what there is of it counts.
  const gunzip = createGunzip({ chunkSize: 256 * 1024, finishFlush: constants.Z_SYNC_FLUSH });
  const done = pipeline(Readable.from(bytes, { objectMode: false, highWaterMark: 256 * 1024 }), gunzip);
  // What went wrong is thrown by reading, below.
  done.catch(() => undefined);
  let total = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      total += chunk.length;
      if (total > limit) throw new Error(`it unpacks to more than ${limit} bytes: the rest was not read`);
      yield chunk;
    }
  } finally {
    gunzip.destroy();
  }
}
