import { DatabaseSync } from 'node:sqlite';
import type { Ledger } from '@tagflow/model';
import type { ExecutionContext } from 'ava';
import { openLedger } from '../src/index.ts';
import { countingRandom, ledgerPath, manualClock, type ManualClock } from './world.ts';

/** An empty place for a ledger, of one test. */
export interface Stage {
  readonly url: string;
  readonly clock: ManualClock;
  /** Opens the ledger, as a promoter of its own; the test closes it. */
  open(): Promise<Ledger>;
  /** Lets time pass, for the promoters and for the store. */
  advance(ms: number): Promise<void>;
  /** Changes the database behind the ledger's back. */
  execute(statement: string): Promise<void>;
}

/** How a suite declares its tests: `test`, or `test.serial` where they would crowd one server. */
export type Declare = (title: string, implementation: (t: ExecutionContext) => Promise<void>) => void;

export type NewStage = (t: ExecutionContext) => Promise<Stage>;

export const sqliteStage: NewStage = async (t) => {
  const path = await ledgerPath(t);
  const clock = manualClock();
  return {
    url: `sqlite:${path}`,
    clock,
    open: () => openFor(t, `sqlite:${path}`, clock),
    advance: (ms) => {
      clock.advance(ms);
      return Promise.resolve();
    },
    execute: (statement) => {
      const database = new DatabaseSync(path);
      database.exec(statement);
      database.close();
      return Promise.resolve();
    },
  };
};

export async function openFor(t: ExecutionContext, url: string, clock: ManualClock): Promise<Ledger> {
  const ledger = await openLedger(url, { clock, random: countingRandom() });
  t.teardown(() => ledger.close());
  return ledger;
}
