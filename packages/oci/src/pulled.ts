import type { Descriptor } from './manifest.ts';
import type { BlobSink, ManifestSource } from './source.ts';

/**
 * Returns the bytes of a blob from `offset` to its end, unchecked, for those who ask for one piece after the other. A
 * piece is good until the next one is asked for. Nothing is opened before the first; leaving the loop closes the source.
 */
export function blobPieces(
  source: ManifestSource,
  repository: string,
  blob: Descriptor,
  offset: number,
): AsyncGenerator<Uint8Array> {
  return source.sendBlob === undefined
    ? opened(source, repository, blob, offset)
    : pulled((sink) => source.sendBlob?.(repository, blob, sink, offset));
}

async function* opened(source: ManifestSource, ...blob: Parameters<ManifestSource['openBlob']>) {
  yield* (await source.openBlob(...blob)) as AsyncIterable<Uint8Array>;
}

/** Turns what is handed to a sink into what is asked for. */
export async function* pulled(send: (sink: BlobSink) => Promise<void> | undefined): AsyncGenerator<Uint8Array> {
  let next = offer();
  let taken: PromiseWithResolvers<void> | null = null;
  const sink = (piece: Uint8Array): Promise<void> => {
    taken = Promise.withResolvers();
    next.resolve(piece);
    return taken.promise;
  };
  Promise.resolve(send(sink)).then(
    () => next.resolve(null),
    (error: unknown) => next.reject(error),
  );
  try {
    for (let piece = await next.promise; piece !== null; piece = await next.promise) {
      next = offer();
      yield piece;
      (taken as PromiseWithResolvers<void> | null)?.resolve();
    }
  } finally {
    (taken as PromiseWithResolvers<void> | null)?.reject(new Error('nobody wants the rest of the blob'));
  }
}

function offer(): PromiseWithResolvers<Uint8Array | null> {
  const next = Promise.withResolvers<Uint8Array | null>();
  // It may fail while nobody asks.
  next.promise.catch(() => undefined);
  return next;
}
