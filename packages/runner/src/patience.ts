import type { Clock } from '@tagflow/model';
import { RunnerError } from './error.ts';

export interface Patience {
  readonly clock: Clock;
  /** Between two tries. */
  readonly pauseMs: number;
  /** How long failures are borne, from the first one on. */
  readonly patienceMs: number;
}

/** Returns whether the same call may work later: the other system did not answer, or with something unreadable. */
export function isTransient(error: unknown): error is RunnerError {
  return error instanceof RunnerError && (error.code === 'ci-unreachable' || error.code === 'ci-answer');
}

/** Does it, again and again while its failures are transient and the patience lasts; rejects with the last of them. */
export async function bear<T>(
  what: () => Promise<T>,
  { clock, pauseMs, patienceMs }: Patience,
  signal: AbortSignal,
): Promise<T> {
  let since: number | null = null;
  for (;;) {
    try {
      return await what();
    } catch (error) {
      since ??= clock.now();
      if (signal.aborted || !isTransient(error) || clock.now() - since >= patienceMs) throw error;
    }
    await clock.sleep(pauseMs, signal);
  }
}
