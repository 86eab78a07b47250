import { type FSWatcher, watch } from 'node:fs';
import type { Clock } from '@tagflow/model';

/** Tells that something may have changed. */
export interface Changes {
  /** Resolves at the next change, at once for one since the last call, and after `ms` of the clock in any case. */
  next(clock: Clock, ms: number): Promise<void>;
  /** Says that something changed. */
  notify(): void;
  close(): void;
}

/** Watches files and folders. Where the system cannot (its limit of watches is reached), only time tells. */
export function watchPaths(paths: readonly string[]): Changes {
  let changed = true;
  let wake = () => undefined as void;
  const notify = () => {
    changed = true;
    wake();
  };
  const watchers = paths.flatMap((path) => watchPath(path, notify));
  return {
    next: async (clock, ms) => {
      const over = new AbortController();
      if (!changed) {
        const woken = new Promise<void>((resolve) => (wake = resolve));
        await Promise.race([woken, clock.sleep(ms, over.signal).catch(() => undefined)]);
      }
      over.abort();
      changed = false;
    },
    notify,
    close: () => {
      for (const watcher of watchers) watcher.close();
    },
  };
}

function watchPath(path: string, notify: () => void): readonly FSWatcher[] {
  try {
    return [watch(path, notify).on('error', () => undefined)];
  } catch {
    return [];
  }
}
