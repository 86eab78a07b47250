import type { Kysely, Transaction } from 'kysely';
import type { Tables } from './tables.ts';

export type Work<Result> = (trx: Transaction<Tables>) => Promise<Result>;

/** Runs questions to the database, whose errors become LedgerErrors. */
export type Read = <Result>(ask: (db: Kysely<Tables>) => Promise<Result>) => Promise<Result>;

/** A database that a ledger lives in: what differs between SQLite and PostgreSQL. */
export interface Store {
  /** What to call it in an error: a path, or a URL without its parameters. */
  readonly where: string;
  /** The schema's version that it has. */
  readonly version: number;
  readonly read: Read;
  /** Runs `work` as one transaction: all of it holds, or nothing. */
  readonly change: <Result>(work: Work<Result>) => Promise<Result>;
  /** Keeps out whoever else calls this until the transaction ends; then what was read is still so when it is written. */
  readonly alone: (trx: Transaction<Tables>) => Promise<void>;
  /** The time that leases expire by, in milliseconds since 1970: one that all promoters of this store share. */
  readonly leaseTime: (trx: Transaction<Tables>) => Promise<number>;
  readonly close: () => Promise<void>;
}

/** A ledger that is there already, opened for looking. */
export type ReadStore = Pick<Store, 'where' | 'version' | 'read' | 'close'> & {
  /** As `read`, of one moment whatever others write meanwhile. */
  readonly snapshot: <Result>(ask: (db: Kysely<Tables>) => AsyncGenerator<Result>) => AsyncGenerator<Result>;
};
