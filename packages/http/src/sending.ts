import type { ClientRequest } from 'node:http';

/**
 * A body that is handed over piece by piece. `write` resolves when the bytes may change again; it rejects when nobody
 * wants them any more, and then the function has only to end.
 */
export type PushedBody = (write: (piece: Uint8Array) => Promise<void>) => Promise<void>;

/** A body that is not in memory as a whole. */
export type StreamedBody = AsyncIterable<Uint8Array> | PushedBody;

/** A streamed body on its way out. */
export interface SendingBody {
  /** True while the request waits for our own source and not for the server. */
  waitsForSource(): boolean;
  finished(): boolean;
  /** Resolves when the source has ended; never when it fails or is stopped. */
  readonly whenFinished: Promise<undefined>;
  /** Takes nothing more from the source, and closes it. */
  stop(): void;
}

interface SendingEnds {
  /** Receives what the source throws. */
  readonly fail: (error: unknown) => void;
  /** The request has ended, and a piece had yet to be sent. */
  readonly lost: () => void;
}

/** Sends a body piece by piece, no faster than the server reads. */
export function startSending(body: StreamedBody, request: ClientRequest, { fail, lost }: SendingEnds): SendingBody {
  const { promise: whenFinished, resolve } = Promise.withResolvers<undefined>();
  let waiting = true;
  let finished = false;
  let stopped = false;
  let refuse: ((error: Error) => void) | null = null;

  const stop = (): void => {
    stopped = true;
    refuse?.(unwanted());
  };
  const lose = (): void => {
    if (!stopped) lost();
    stop();
  };
  const pull = async (source: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const piece of source) {
      waiting = false;
      if (stopped || request.destroyed) return lose(); // leaving the loop closes the source
      if (!request.write(piece) && !(await drained(request))) return lose();
      if (stopped) return;
      waiting = true;
    }
  };
  const write = (piece: Uint8Array): Promise<void> => {
    if (stopped || request.destroyed) {
      lose();
      return Promise.reject(unwanted());
    }
    waiting = false;
    return new Promise((resolveWrite, reject) => {
      refuse = reject;
      request.write(piece, (error) => {
        // Why it broke is told by the request itself.
        if (error !== null && error !== undefined) return lose();
        refuse = null;
        waiting = true;
        resolveWrite();
      });
    });
  };
  const run = async (): Promise<void> => {
    await (typeof body === 'function' ? body(write) : pull(body));
    if (stopped) return;
    waiting = false;
    finished = true;
    request.end();
    resolve(undefined);
  };
  // A request that is destroyed forgets the pieces that it had not sent yet.
  request.on('close', () => {
    if (refuse !== null) lose();
  });
  run().catch((error: unknown) => {
    if (!stopped) fail(error);
  });
  return { waitsForSource: () => waiting, finished: () => finished, whenFinished, stop };
}

function unwanted(): Error {
  return new Error('the request has ended before its body');
}

/** Resolves with whether it may go on. */
function drained(request: ClientRequest): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (): void => {
      request.off('drain', done);
      request.off('close', done);
      resolve(!request.destroyed);
    };
    request.on('drain', done);
    request.on('close', done);
  });
}
