import type { ClientRequest } from 'node:http';

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

/**
 * Sends a body chunk by chunk, no faster than the server reads. `fail` receives what the source throws.
 */
export function startSending(
  body: AsyncIterable<Uint8Array>,
  request: ClientRequest,
  fail: (error: unknown) => void,
): SendingBody {
  const { promise: whenFinished, resolve } = Promise.withResolvers<undefined>();
  let waiting = true;
  let finished = false;
  let stopped = false;
  const run = async (): Promise<void> => {
    for await (const chunk of body) {
      waiting = false;
      if (stopped || request.destroyed) return; // leaving the loop closes the source
      if (!request.write(chunk)) await drained(request);
      if (stopped || request.destroyed) return;
      waiting = true;
    }
    waiting = false;
    finished = true;
    request.end();
    resolve(undefined);
  };
  run().catch(fail);
  return {
    waitsForSource: () => waiting,
    finished: () => finished,
    whenFinished,
    stop: () => {
      stopped = true;
    },
  };
}

function drained(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      request.off('drain', done);
      request.off('close', done);
      resolve();
    };
    request.on('drain', done);
    request.on('close', done);
  });
}
