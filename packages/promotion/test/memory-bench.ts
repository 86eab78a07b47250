import {
  type ArtifactSet,
  type Destination,
  type FullHash,
  type Ledger,
  type Outcome,
  parseTargetLabel,
  TagflowError,
} from '@tagflow/model';
import type { PromoteRequest, PromotionWorld } from '../src/index.ts';
import { createMemoryDlrn, type MemoryDlrn } from './memory-dlrn.ts';
import { createMemoryLedger, type MemoryLedger } from './memory-ledger.ts';
import { Crash, createDestinations, createDisks, createSet, createWorld, type Disks, label } from './memory-world.ts';

/** From which the label is promoted. */
export const candidate = parseTargetLabel('tripleo-ci-testing');

/** What goes wrong right before or right after the write of this number, the ledger's writes among them. */
export interface Mishap {
  readonly write: number;
  readonly when: 'before' | 'after';
  /** The process is killed; otherwise this one write is answered with an error, and the process lives. */
  readonly kills: boolean;
}

/** What one process sees. */
export interface Process {
  readonly world: PromotionWorld;
  /** What has happened to it. Of a process that was killed nobody heard what it answered. */
  fate(): 'well' | 'killed' | 'failed';
}

/** One label in four places, with a truthful DLRN, a ledger that can be lost and a clock that can be turned. */
export interface Bench {
  readonly disks: Disks;
  readonly dlrn: MemoryDlrn;
  ledger(): MemoryLedger;
  loseLedger(): void;
  now(): number;
  pass(ms: number): void;
  /** Builds the n-th hash and publishes its set, as the jobs before a promotion do. */
  build(n: number, names?: readonly string[]): ArtifactSet;
  start(mishap?: Mishap): Process;
}

const start = Date.UTC(2026, 0, 5);

/** The hash of the n-th set. */
export function hashOf(n: number): FullHash {
  return createSet(String.fromCharCode(97 + n)).fullHash;
}

export function createBench(wrap: (destination: Destination) => Destination = (destination) => destination): Bench {
  const disks = createDisks();
  let now = start;
  let ledger = createMemoryLedger();
  const dlrn = createMemoryDlrn(disks.repository.pointers, () => now);
  return {
    ...{ disks, dlrn },
    ledger: () => ledger,
    loseLedger: () => void (ledger = createMemoryLedger()),
    now: () => now,
    pass: (ms) => void (now += ms),
    build(n, names) {
      const set = createSet(String.fromCharCode(97 + n), names);
      dlrn.build(set.fullHash);
      for (const { sets } of [disks.rdo, disks.docker, disks.public]) sets.set(set.fullHash, set);
      return set;
    },
    start(mishap) {
      let writes = 0;
      let fate: ReturnType<Process['fate']> = 'well';
      const happen = (number: number, when: Mishap['when']): void => {
        if (fate === 'killed') throw new Crash('dead');
        if (fate === 'failed' || number !== mishap?.write || when !== mishap.when) return;
        fate = mishap.kills ? 'killed' : 'failed';
        throw mishap.kills ? new Crash('killed') : new Error('503');
      };
      const counted: Counted = () => {
        writes += 1;
        const number = writes;
        happen(number, 'before');
        return () => happen(number, 'after');
      };
      let after = (): void => undefined;
      const destinations = createDestinations(disks, (when, write) => {
        // DLRN writes its row with the label, before it answers.
        if (when === 'after' && write.startsWith('repository ')) dlrn.note(write.slice('repository '.length));
        // A destination's write comes between these two, and nothing else.
        if (when === 'before') after = counted();
        else after();
      }).map(wrap);
      const world = createWorld(destinations, mortal(ledger, counted));
      const clock = { now: () => now, sleep: () => Promise.resolve() };
      return { world: { ...world, clock }, fate: () => fate };
    },
  };
}

const ledgerWrites = ['begin', 'record', 'finish', 'noteVerdict', 'addPolicy', 'liftPolicy', 'noteDebts'] as const;

/** Called right before a write; returns what is to be called right after it. */
type Counted = () => () => void;

/** The ledger as a process sees it that may die at any of its writes. */
function mortal(ledger: MemoryLedger, counted: Counted): Ledger {
  const writing = ledgerWrites.map((name) => {
    const write = async (...args: readonly unknown[]): Promise<unknown> => {
      const after = counted();
      const answer = await (ledger[name] as (...args: readonly unknown[]) => Promise<unknown>)(...args);
      after();
      return answer;
    };
    return [name, write];
  });
  return { ...ledger, ...(Object.fromEntries(writing) as Partial<Ledger>) };
}

/** Promotes what the votes allow, as a periodic job does: by nobody's hand. */
export const periodic: PromoteRequest = {
  ...{ mode: 'promote', release: 'master', component: null, label, candidateLabel: candidate },
  ...{ criteria: { allOf: ['job'], informing: [] }, fullHash: null, parts: [], keepPrevious: true },
  ...{ configDigest: 'sha256:0', policy: { entries: [], digest: 'sha256:p' }, knownJobs: [], byHand: false },
  ...{ reason: null, actor: 'the timer', dryRun: false },
};

/** A person promotes a hash and says why. */
export function byHand(fullHash: FullHash): PromoteRequest {
  return { ...periodic, fullHash, byHand: true, reason: 'it is needed', actor: 'ruck' };
}

/** A person takes the label back to a hash; null: to what it named before. */
export function rollbackTo(fullHash: FullHash | null): PromoteRequest {
  return {
    ...byHand(hashOf(0)),
    fullHash,
    mode: 'rollback',
    criteria: 'none',
    keepPrevious: false,
    reason: 'LP#1 breaks nova',
  };
}

/** Returns how something ended, an error too. */
export async function outcomeOf(work: Promise<{ readonly outcome: Outcome }>): Promise<Outcome> {
  try {
    return (await work).outcome;
  } catch (error) {
    if (error instanceof TagflowError) return error.outcome;
    throw error;
  }
}

/** Returns every pointer of the label in every place, as `place pointer`, and what it names. */
export function pointersOf({ disks }: Bench): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(disks).flatMap(([place, { pointers }]) =>
      [...pointers].map(([pointer, value]): [string, string] => [`${place} ${pointer}`, value]),
    ),
  );
}
