/** What has to be told when a signal is aborted: one listener for any number of requests, which come and go. */
export interface AbortSet {
  readonly signal: AbortSignal;
  add(onAbort: () => void): void;
  delete(onAbort: () => void): void;
}

/** An AbortSignal looks through all its listeners to remove one; with hundreds of requests that is most of their cost. */
export function createAbortSet(signal: AbortSignal): AbortSet {
  const waiting = new Set<() => void>();
  signal.addEventListener('abort', () => {
    for (const onAbort of [...waiting]) onAbort();
  });
  return { signal, add: (onAbort) => waiting.add(onAbort), delete: (onAbort) => waiting.delete(onAbort) };
}

/** Returns what the promise does, or rejects with the signal's reason when it is aborted before. */
export function untilAborted<Value>(promise: Promise<Value>, aborts: AbortSet): Promise<Value> {
  aborts.signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(aborts.signal.reason);
    aborts.add(onAbort);
    promise.then(
      (value) => {
        aborts.delete(onAbort);
        resolve(value);
      },
      (error: unknown) => {
        aborts.delete(onAbort);
        reject(error);
      },
    );
  });
}
