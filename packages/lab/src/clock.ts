import type { Clock } from '@tagflow/model';

/** A clock that stands still until somebody moves it. */
export interface VirtualClock extends Clock {
  /**
   * Moves the time forward by `ms` and wakes every sleeper that is due on the way, earliest first, each at its own
   * moment. A sleeper that goes to sleep again within the span is woken again.
   */
  advance(ms: number): Promise<void>;
}

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/**
 * Returns a clock that starts at `startIso` (ISO 8601) and moves only by `advance`. It rules what the lab decides by
 * time (builds, timestamps, sleeps between polls). Sockets are real and wait in real time: a time-out of the network
 * must not be measured with it.
 * @throws RangeError when `startIso` is not a time.
 */
export function createVirtualClock(startIso: string): VirtualClock {
  let now = Date.parse(startIso);
  if (Number.isNaN(now)) throw new RangeError(`start of the virtual clock "${startIso}" is not an ISO 8601 time`);
  let sleepers: readonly Sleeper[] = [];

  return {
    now: () => now,
    sleep: (ms, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<undefined>();
      if (signal?.aborted === true) {
        reject(signal.reason);
        return promise;
      }
      const sleeper: Sleeper = {
        due: now + Math.max(0, ms),
        wake: () => {
          signal?.removeEventListener('abort', giveUp);
          resolve(undefined);
        },
      };
      const giveUp = (): void => {
        sleepers = sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      sleepers = [...sleepers, sleeper];
      return promise;
    },
    advance: async (ms) => {
      const end = now + ms;
      for (;;) {
        const next = sleepers.reduce<Sleeper | null>(
          (first, each) => (first === null || each.due < first.due ? each : first),
          null,
        );
        if (next === null || next.due > end) break;
        sleepers = sleepers.filter((other) => other !== next);
        now = Math.max(now, next.due);
        next.wake();
        // Whoever woke up may sleep again before `end`: let it, before looking for the next one.
        await new Promise(setImmediate);
      }
      now = end;
    },
  };
}
