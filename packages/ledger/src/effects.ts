import type { Clock } from '@tagflow/model';

export interface LedgerEffects {
  readonly clock: Clock;
  /** Between 0 and 1, as Math.random. */
  readonly random: () => number;
  /** How many times 50 ms or more a locked SQLite file is waited for; default 100. */
  readonly patience?: number;
}
