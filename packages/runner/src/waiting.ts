import type { Clock } from '@tagflow/model';

/** Returns true when the event came before the time was up. */
export async function within(clock: Clock, ms: number, event: Promise<unknown>): Promise<boolean> {
  const over = new AbortController();
  const timeUp = clock.sleep(ms, over.signal).then(
    () => false,
    () => true,
  );
  try {
    return await Promise.race([event.then(() => true), timeUp]);
  } finally {
    over.abort();
  }
}

/** Returns a promise of the signal's being aborted, and what makes it be forgotten. */
export function abortOf(signal: AbortSignal): { readonly aborted: Promise<'aborted'>; forget(): void } {
  const over = new AbortController();
  const aborted = new Promise<'aborted'>((resolve) => {
    const abort = () => {
      resolve('aborted');
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { signal: over.signal });
  });
  return {
    aborted,
    forget: () => {
      over.abort();
    },
  };
}
