import { type Clock, type Log, TagflowError } from '@tagflow/model';

export interface ResumeOptions {
  /** How often a broken read is taken up again without one new byte in between. Default 5. */
  readonly attempts?: number;
  readonly effects: { readonly clock: Clock; readonly log: Log; readonly signal: AbortSignal };
}

/** The patience with one read that breaks off. */
export interface Resuming {
  /** New bytes came. */
  moved(): void;
  /**
   * Resolves when it is time to go on after a failure.
   * @param where where it goes on, such as `byte 7 of 10`
   * @throws what failed, when it will not pass or has not for too long
   */
  wait(failure: unknown, where: string): Promise<void>;
}

export function startResuming({ attempts = 5, effects }: ResumeOptions): Resuming {
  const { clock, log, signal } = effects;
  let failures = 0;
  return {
    moved() {
      failures = 0;
    },
    async wait(failure, where) {
      signal.throwIfAborted();
      failures += 1;
      if (!mayPass(failure) || failures > attempts) throw failure;
      log.info(`${failure.message}; going on at ${where}`);
      await clock.sleep(1000 * 2 ** (failures - 1), signal);
    },
  };
}

/** Whether the same read may work later. A file that became another one is not the same read any more. */
export function mayPass(error: unknown): error is TagflowError {
  return error instanceof TagflowError && error.outcome === 'waiting' && error.code !== 'changed';
}
