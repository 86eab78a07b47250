import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';

export type Compression = 'gzip' | 'zstd';

const pieceSize = 1024 * 1024;

/** Gives what a compressed file of `size` bytes holds. Throws what zlib says where it is damaged or cut short. */
export async function* decompress(file: FileHandle, size: number, compression: Compression): AsyncGenerator<Buffer> {
  for (let at = 0; at < size;) {
    const stream = (compression === 'gzip' ? createGunzip : createZstdDecompress)({ chunkSize: pieceSize });
    let reading: Promise<unknown> = Promise.resolve();
    const input = async function* (): AsyncGenerator<Buffer> {
      for (let from = at; from < size;) {
        const bytes = Buffer.allocUnsafe(Math.min(pieceSize, size - from));
        const read = file.read(bytes, 0, bytes.length, from);
        reading = read;
        const { bytesRead } = await read;
        if (bytesRead === 0) return;
        from += bytesRead;
        yield bytes.subarray(0, bytesRead);
      }
    };
    try {
      for await (const piece of pipeline(input, stream, () => undefined)) yield piece as Buffer;
    } finally {
      stream.destroy();
      await reading.catch(() => undefined); // the file is closed next
    }
    // Several frames, one after the other, are one file: pzstd writes such. Node's gunzip goes on by itself; its zstd
    // (24.21) ends with the first frame, and tells how far that reached.
    if (compression === 'gzip' || stream.bytesWritten === 0) return;
    at += stream.bytesWritten;
  }
}
