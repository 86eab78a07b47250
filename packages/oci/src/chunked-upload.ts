import { HttpError } from '@tagflow/http';
import { type Clock, type Log, messageOf } from '@tagflow/model';
import type { Blobs, Upload } from './blobs.ts';
import { checkedBytes } from './checked-bytes.ts';
import { OciError } from './error.ts';
import type { Descriptor } from './manifest.ts';
import { blobPieces } from './pulled.ts';
import type { BlobBody, ManifestSource } from './source.ts';

/** Up to here a blob goes in one request. Proxies before registries end requests that take minutes. */
export const wholeUpTo = 128 * 1024 * 1024;
const chunkBytes = 64 * 1024 * 1024;
const attempts = 4;

interface ChunkedUploadOptions {
  readonly source: ManifestSource;
  readonly target: Blobs;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Bytes that were sent. */
  readonly onBytes: (bytes: number) => void;
  /** Bytes in one request. Default 64 MiB. */
  readonly chunkBytes?: number;
}

/**
 * Sends a large blob in chunks. When one fails, the registry is asked how far it got, and the source is read on from
 * there. Rejects where it knows nothing of the upload any more (distribution gives up an upload whose last chunk was cut):
 * then the upload has to begin anew.
 */
export async function uploadInChunks(
  from: string,
  blob: Descriptor,
  opened: Upload,
  options: ChunkedUploadOptions,
): Promise<void> {
  const { source, target, clock, log, signal } = options;
  let upload = opened;
  let sent = 0;
  for (let attempt = 1; ; attempt++) {
    const body = blobPieces(source, from, blob, sent);
    const where = `blob ${source.name}/${from}@${blob.digest}`;
    // What was read before a failure cannot be read again for its digest alone: the registry checks it at the end.
    const bytes = createChunks(sent === 0 ? checkedBytes(body, blob, where) : body);
    try {
      await bytes.begin();
      while (sent < blob.size) {
        const length = Math.min(options.chunkBytes ?? chunkBytes, blob.size - sent);
        upload = await target.sendChunk(upload, bytes.pour(length), { start: sent, length });
        sent += length;
        options.onBytes(length);
      }
      await bytes.end();
      return await target.finishUpload(upload, blob, null);
    } catch (error) {
      signal.throwIfAborted();
      if (attempt >= attempts || !isPassing(error)) throw error;
      const state = await target.resumeUpload(upload);
      if (state === null) throw error;
      log.info(`${messageOf(error)}; the upload goes on at byte ${state.arrived}`);
      options.onBytes(state.arrived - sent);
      upload = state.upload;
      sent = state.arrived;
      await clock.sleep(500 * 2 ** (attempt - 1), signal);
    } finally {
      bytes.close();
    }
  }
}

function isPassing(error: unknown): boolean {
  return (error instanceof HttpError || error instanceof OciError) && error.outcome === 'waiting';
}

/** Cuts a stream into bodies of so many bytes, one after the other. */
function createChunks(source: AsyncGenerator<Uint8Array>): {
  /** Resolves when the source has answered: an upload that waits for it takes a place from others. */
  begin(): Promise<void>;
  pour(length: number): BlobBody;
  /** Reads to the end, where what checks the stream says that it is right. */
  end(): Promise<void>;
  close(): void;
} {
  let rest: Uint8Array = new Uint8Array();
  const next = async (): Promise<Uint8Array | null> => {
    if (rest.length > 0) return rest;
    const { done, value } = await source.next();
    return done === true ? null : value;
  };
  return {
    async begin() {
      rest = (await next()) ?? rest;
    },
    pour: (length) => async (write) => {
      for (let left = length; left > 0;) {
        const piece = await next();
        if (piece === null) throw new OciError('digest-mismatch', `the blob ends ${left} bytes too early`);
        const part = piece.subarray(0, left);
        rest = piece.subarray(part.length);
        left -= part.length;
        await write(part);
      }
    },
    async end() {
      if ((await next()) !== null) throw new OciError('digest-mismatch', 'the blob is longer than its manifest says');
    },
    close: () => void source.return(undefined).catch(() => undefined),
  };
}
