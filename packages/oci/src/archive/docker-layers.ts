import { createHash, type Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { type Digest, parseDigest } from '@tagflow/model';
import pLimit from 'p-limit';
import { type ArchiveFile, badArchive, openFile } from './archive-files.ts';
import { compressionOf, unpackError } from './compression.ts';
import type { TempFolder } from './temp-folder.ts';

/** A layer as a registry gets it, and the digest of the tar within. */
export interface PackedLayer {
  readonly file: ArchiveFile;
  readonly digest: Digest;
  readonly diffId: Digest;
}

/** As many as zlib has threads. */
const atOnce = 4;
/** What gzip, docker and buildah take when they are not told. */
const level = 6;

/**
 * Returns what packs layers: a plain tar is compressed into the temporary folder, one that is compressed with gzip
 * already stays as it is. A file is packed once, however often it is asked for. gzip's header gets no time, so that equal
 * tars give equal digests with one release of Node on one kind of processor; zlib promises no more than that.
 * The returned function throws OciError `bad-archive`; `what` is how that calls the layer.
 */
export function createLayerPacker(
  temp: TempFolder,
  signal: AbortSignal,
): (file: ArchiveFile, what: string) => Promise<PackedLayer> {
  const packed = new Map<string, Promise<PackedLayer>>();
  const limit = pLimit(atOnce);

  const pack = async (file: ArchiveFile, what: string): Promise<PackedLayer> => {
    signal.throwIfAborted();
    const compression = await compressionOf(file);
    if (compression !== null && compression !== 'gzip') {
      throw badArchive(`${what} is compressed with ${compression}; plain tar and gzip are taken`);
    }
    const [inner, outer] = [createHash('sha256'), createHash('sha256')];
    if (compression === 'gzip') {
      await pipeline(openFile(file), tap(outer), createGunzip(), tap(inner), nowhere(), { signal }).catch(
        (error: unknown) => {
          signal.throwIfAborted();
          throw unpackError(error, what);
        },
      );
      return { file, digest: digestOf(outer), diffId: digestOf(inner) };
    }
    const path = await temp.newFile('tar.gz');
    let size = 0;
    const output = createWriteStream(path);
    const gzip = createGzip({ level });
    await pipeline(
      openFile(file),
      tap(inner),
      gzip,
      tap(outer, (bytes) => (size += bytes)),
      output,
      { signal },
    );
    return { file: { path, start: 0, size }, digest: digestOf(outer), diffId: digestOf(inner) };
  };

  return (file, what) => {
    const key = `${file.path}:${file.start}`;
    const work = packed.get(key) ?? limit(pack, file, what);
    packed.set(key, work);
    return work;
  };
}

/** Passes bytes on, and tells a hash. */
function tap(hash: Hash, count: (bytes: number) => void = () => undefined) {
  return async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      hash.update(chunk);
      count(chunk.length);
      yield chunk;
    }
  };
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

function digestOf(hash: Hash): Digest {
  return parseDigest(`sha256:${hash.digest('hex')}`);
}
