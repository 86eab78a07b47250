import { HttpError } from '@tagflow/http';
import { type Clock, type Digest, type Log, messageOf } from '@tagflow/model';
import pLimit from 'p-limit';
import { checkedBytes } from './checked-bytes.ts';
import { uploadInChunks, wholeUpTo } from './chunked-upload.ts';
import { OciError } from './error.ts';
import type { Descriptor } from './manifest.ts';
import type { Upload } from './blobs.ts';
import { blobPieces } from './pulled.ts';
import type { RegistryClient } from './registry.ts';
import type { ManifestSource } from './source.ts';

/** Where a blob is wanted, and where it can be had. */
export interface BlobTask {
  readonly from: string;
  readonly to: string;
  readonly blob: Descriptor;
}

/** Brings blobs to repositories of one registry, each distinct blob over the network once. */
export interface BlobCopier {
  /** Resolves when `to` holds the blob. */
  ensure(task: BlobTask): Promise<void>;
  /** Bytes that were uploaded, and bytes that were mounted or there already. */
  readonly moved: number;
  readonly saved: number;
}

interface BlobCopierOptions {
  readonly source: ManifestSource;
  readonly target: RegistryClient;
  /** Uploads at a time. */
  readonly concurrency: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: { readonly moved: number; readonly saved: number }) => void;
}

const attempts = 4;
const longestWaitMs = 60_000;

/**
 * Returns a copier. The first repository that wants a blob becomes its home: there the blob is asked for by a mount from
 * the repository itself, which costs nothing when it is there and opens the upload when it is not. All others mount it
 * from the home, and upload only where the registry does not mount.
 */
export function createBlobCopier(options: BlobCopierOptions): BlobCopier {
  const { source, target, clock, log, signal } = options;
  const limit = pLimit(options.concurrency);
  const homes = new Map<Digest, { readonly repository: string; readonly ready: Promise<void> }>();
  const wanted = new Map<string, Promise<void>>();
  const sameRegistry = source.origin === target.origin;
  let moved = 0;
  let saved = 0;

  const upload = async (task: BlobTask, opened: Upload): Promise<void> => {
    const { blob, from } = task;
    if (blob.size > wholeUpTo) {
      let arrived = 0;
      const onBytes = (bytes: number): void => {
        arrived += bytes;
        options.onBytes({ moved: bytes, saved: 0 });
      };
      await uploadInChunks(from, blob, opened, { source, target, clock, log, signal, onBytes }).catch(
        (error: unknown) => {
          onBytes(-arrived);
          throw error;
        },
      );
      moved += blob.size;
      return;
    }
    const where = `blob ${source.name}/${from}@${blob.digest}`;
    const pieces = checkedBytes(blobPieces(source, from, blob, 0), blob, where);
    let sent = 0;
    try {
      // The source answers first: an upload that waits for it takes a place from others, perhaps from its own source.
      let piece = await pieces.next();
      await target.finishUpload(opened, blob, async (write) => {
        for (; piece.done !== true; piece = await pieces.next()) {
          sent += piece.value.length;
          options.onBytes({ moved: piece.value.length, saved: 0 });
          await write(piece.value);
        }
      });
      moved += sent;
    } catch (error) {
      options.onBytes({ moved: -sent, saved: 0 });
      throw error;
    } finally {
      pieces.return(undefined).catch(() => undefined);
    }
  };

  const bring = async (task: BlobTask, mountFrom: string): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted();
      // A new session each time: an upload that broke may have arrived, and then the mount finds it.
      const opened = await target.startUpload(task.to, task.blob.digest, mountFrom);
      if (opened === 'mounted') {
        saved += task.blob.size;
        options.onBytes({ moved: 0, saved: task.blob.size });
        return;
      }
      const failure = await limit(() => upload(task, opened)).then(
        () => null,
        (error: unknown) => error,
      );
      if (failure === null) return;
      signal.throwIfAborted();
      const wait = waitAfter(failure, attempt);
      if (wait === null) throw failure;
      log.info(`${messageOf(failure)}; the upload is started anew in ${Math.ceil(wait / 1000)} s`);
      await clock.sleep(wait, signal);
    }
  };

  const place = async (task: BlobTask): Promise<void> => {
    // The source may lack a foreign layer too; then the manifest is all there is to copy.
    if (task.blob.isForeign && !(await source.hasBlob(task.from, task.blob.digest))) return;
    for (;;) {
      const home = homes.get(task.blob.digest);
      if (home === undefined) {
        const ready = bring(task, sameRegistry ? task.from : task.to);
        homes.set(task.blob.digest, { repository: task.to, ready });
        await ready.catch((error: unknown) => {
          homes.delete(task.blob.digest);
          throw error;
        });
        return;
      }
      const found = await home.ready.then(
        () => true,
        () => false,
      );
      if (found) return bring(task, home.repository);
      // The home failed for reasons of its own (a repository that may not be written): the next one tries itself.
    }
  };

  return {
    ensure(task) {
      const key = `${task.to}@${task.blob.digest}`;
      const known = wanted.get(key);
      if (known !== undefined) return known;
      const work = place(task);
      wanted.set(key, work);
      return work;
    },
    get moved() {
      return moved;
    },
    get saved() {
      return saved;
    },
  };
}

function waitAfter(error: unknown, attempt: number): number | null {
  if (attempt >= attempts) return null;
  const backoff = 500 * 2 ** (attempt - 1);
  if (error instanceof HttpError) return error.outcome === 'waiting' ? backoff : null;
  if (!(error instanceof OciError)) return null;
  switch (error.code) {
    case 'rate-limited': {
      const asked = error.retryAfterMs ?? backoff;
      return asked > longestWaitMs ? null : asked;
    }
    case 'unexpected-answer':
    case 'digest-mismatch':
      return backoff;
    case 'unauthorized':
      // The token ended while the bytes were on their way; a new one is there now.
      return attempt === 1 ? backoff : null;
    default:
      return null;
  }
}
