import type { Clock } from '@tagflow/model';

/** A clock that a test can move. */
export interface TestClock extends Clock {
  /** Lets time pass, and wakes whoever slept as long. */
  advance(ms: number): void;
}

/** Returns a clock whose time passes only when a test says so: for what really takes its time, as processes do. */
export function manualClock(): TestClock {
  let now = 1000;
  let sleepers: { until: number; wake: () => void }[] = [];
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        if (ms <= 0) resolve();
        const sleeper = { until: now + ms, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          reject(signal.reason as Error);
        });
      }),
    advance: (ms) => {
      now += ms;
      const due = sleepers.filter((sleeper) => sleeper.until <= now);
      sleepers = sleepers.filter((sleeper) => sleeper.until > now);
      for (const sleeper of due) sleeper.wake();
    },
  };
}

/** Returns a clock on which every sleep is over at once, and counts: for what only polls. */
export function hastyClock(): TestClock {
  let now = 1000;
  return {
    now: () => now,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      now += ms;
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    },
    advance: (ms) => {
      now += ms;
    },
  };
}

/** Returns the clock as a process sees it that does nothing any more once `die` was called. */
export function mortalClock(clock: Clock): Clock & { die(): void } {
  let diedAt: number | null = null;
  return {
    now: () => diedAt ?? clock.now(),
    sleep: async (ms, signal) => {
      if (diedAt === null) await clock.sleep(ms, signal);
      if (diedAt !== null) await new Promise(() => undefined);
    },
    die: () => {
      diedAt = clock.now();
    },
  };
}
