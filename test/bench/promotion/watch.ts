import type { Destination, FlipOptions, Lease, Ledger } from '@tagflow/model';
import type { PromotionWorld } from '@tagflow/promotion';

/** What a promotion does one after the other. */
export const stages = ['decide and plan', 'stage', 'verify', 'flip', 'confirm'] as const;
export type Stage = (typeof stages)[number];

/** How often something was done, and how long that took together. */
export interface Spent {
  count: number;
  ms: number;
}

/** What was seen of one promotion. Milliseconds. */
export interface Seen {
  /** From the first note that it flips to the last that it has: reads before the first write and after the last too. */
  readonly flipMs: number;
  /** Of this process. */
  readonly flipCpuMs: number;
  /** From right before the first write of the flip to when the last one was read back. */
  readonly writesMs: number;
  /** What each destination's moves of one label took. */
  readonly groups: ReadonlyMap<string, number>;
  /** Checks of the lease during the flip. */
  readonly checks: Spent;
  /** Notes in the journal during the flip. */
  readonly notes: Spent;
}

export interface Watch {
  readonly world: PromotionWorld;
  seen(): Seen;
}

/** Times what a promotion in this world does. `onEnd` is waited for when a stage is over. */
export function watch(world: PromotionWorld, onEnd: (stage: Stage) => Promise<void> = () => Promise.resolve()): Watch {
  const groups = new Map<string, number>();
  const checks: Spent = { count: 0, ms: 0 };
  const notes: Spent = { count: 0, ms: 0 };
  let stage: Stage = 'decide and plan';
  let [begun, ended, firstWrite, lastWrite] = [NaN, NaN, NaN, NaN];
  let cpuBegun = process.cpuUsage();
  let cpuMs = NaN;

  let entering: Promise<void> = Promise.resolve();
  const enter = (next: Stage): Promise<void> => {
    if (stage !== next) {
      entering = onEnd(stage);
      stage = next;
    }
    return entering;
  };
  const timed = async <Result>(spent: Spent, work: () => Promise<Result>): Promise<Result> => {
    const start = performance.now();
    const result = await work();
    if (stage === 'flip') {
      spent.count += 1;
      spent.ms += performance.now() - start;
    }
    return result;
  };
  const watchLease = (lease: Lease): Lease => ({ ...lease, check: () => timed(checks, () => lease.check()) });
  const ledger: Ledger = {
    ...world.ledger,
    async acquire(...args) {
      if (stage === 'stage') await enter('verify');
      return watchLease(await world.ledger.acquire(...args));
    },
    async record(id, step, detail) {
      if (step === 'begun') await enter('stage');
      if (step === 'flipping') {
        await enter('flip');
        if (Number.isNaN(begun)) {
          begun = performance.now();
          cpuBegun = process.cpuUsage();
        }
      }
      await timed(notes, () => world.ledger.record(id, step, detail));
      if (step === 'moved') {
        ended = performance.now();
        const { user, system } = process.cpuUsage(cpuBegun);
        cpuMs = (user + system) / 1000;
      }
    },
  };
  const watchMoves = (options: FlipOptions): FlipOptions => ({
    ...options,
    before: (move) => {
      if (Number.isNaN(firstWrite)) firstWrite = performance.now();
      return options.before(move);
    },
    after: (move) => {
      options.after(move);
      lastWrite = performance.now();
    },
  });
  const watchDestination = (destination: Destination): Destination => ({
    ...destination,
    async observe(pointers) {
      // Nothing looks at pointers this way during a flip: this is the reading back of all of it.
      if (stage === 'flip' || stage === 'confirm') await enter('confirm');
      return destination.observe(pointers);
    },
    async flip(moves, options) {
      const start = performance.now();
      await destination.flip(moves, watchMoves(options));
      groups.set(`${moves[0]?.label ?? ''} in ${destination.name}`, performance.now() - start);
    },
  });
  return {
    world: { ...world, ledger, destinations: world.destinations.map(watchDestination) },
    seen: () => ({
      ...{ flipMs: ended - begun, flipCpuMs: cpuMs, writesMs: lastWrite - firstWrite, groups, checks, notes },
    }),
  };
}
