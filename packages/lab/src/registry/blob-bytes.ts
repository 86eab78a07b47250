import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Digest, parseDigest } from '@tagflow/model';

/** Bytes on their way in. */
export interface BlobWriter {
  /** Bytes so far. */
  readonly size: number;
  write(chunk: Uint8Array): Promise<void>;
  /** Ends the writing and returns the digest of everything that was written. */
  finish(): Promise<Digest>;
  /** Keeps the finished bytes under their digest. */
  keep(digest: Digest): Promise<void>;
  abort(): Promise<void>;
}

/** Where the bytes of all repositories lie, each content once. */
export interface BlobBytes {
  size(digest: Digest): number | undefined;
  /** Bytes `start` to `end`, both included. */
  read(digest: Digest, start: number, end: number): Readable;
  writer(): Promise<BlobWriter>;
}

/** Returns a store that holds every byte in memory. */
export function memoryBytes(): BlobBytes {
  const kept = new Map<Digest, Buffer>();
  return {
    size: (digest) => kept.get(digest)?.length,
    read: (digest, start, end) => Readable.from(slices(kept.get(digest) ?? Buffer.alloc(0), start, end)),
    async writer() {
      const hash = createHash('sha256');
      let chunks: Buffer[] = [];
      let size = 0;
      return {
        get size() {
          return size;
        },
        async write(chunk) {
          hash.update(chunk);
          chunks.push(Buffer.from(chunk));
          size += chunk.length;
        },
        async finish() {
          return parseDigest(`sha256:${hash.digest('hex')}`);
        },
        async keep(digest) {
          kept.set(digest, Buffer.concat(chunks));
          chunks = [];
        },
        async abort() {
          chunks = [];
        },
      };
    },
  };
}

/** Returns a store that holds the bytes as files below `root`, for layers that memory should not hold. */
export async function folderBytes(root: string): Promise<BlobBytes> {
  await mkdir(root, { recursive: true });
  const sizes = new Map<Digest, number>();
  const fileOf = (digest: Digest) => join(root, digest.replace(':', '-'));
  return {
    size: (digest) => sizes.get(digest),
    read: (digest, start, end) =>
      end < start ? Readable.from([]) : createReadStream(fileOf(digest), { start, end, highWaterMark: 256 * 1024 }),
    async writer() {
      const file = join(root, `upload-${randomUUID()}`);
      const stream = createWriteStream(file);
      const hash = createHash('sha256');
      let size = 0;
      return {
        get size() {
          return size;
        },
        async write(chunk) {
          hash.update(chunk);
          size += chunk.length;
          await new Promise<void>((resolve, reject) =>
            stream.write(chunk, (error) => (error ? reject(error) : resolve())),
          );
        },
        async finish() {
          await new Promise<void>((resolve, reject) => {
            stream.once('error', reject);
            stream.end(resolve);
          });
          return parseDigest(`sha256:${hash.digest('hex')}`);
        },
        async keep(digest) {
          await rename(file, fileOf(digest));
          sizes.set(digest, size);
        },
        async abort() {
          stream.destroy();
          await rm(file, { force: true });
        },
      };
    },
  };
}

const sliceBytes = 256 * 1024;

function* slices(bytes: Buffer, start: number, end: number): Generator<Buffer> {
  for (let at = start; at <= end; at += sliceBytes) yield bytes.subarray(at, Math.min(at + sliceBytes, end + 1));
}
