import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { storable } from './storable.ts';

/**
 * Returns a kysely dialect over `node:sqlite`.
 * @param opening how transactions begin: `immediate` as writers, `deferred` as readers
 * @param begin is given what opens a transaction, and may run it again while the file is locked
 */
export function nodeSqliteDialect(
  database: DatabaseSync,
  opening: 'immediate' | 'deferred',
  begin: (open: () => void) => Promise<void>,
): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new PatientDriver(asKyselyDatabase(database), opening, begin),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

class PatientDriver extends SqliteDriver {
  readonly #database: SqliteDatabase;
  readonly #opening: 'immediate' | 'deferred';
  readonly #begin: (open: () => void) => Promise<void>;

  constructor(database: SqliteDatabase, opening: 'immediate' | 'deferred', begin: (open: () => void) => Promise<void>) {
    super({ database: () => Promise.resolve(database) });
    this.#database = database;
    this.#opening = opening;
    this.#begin = begin;
  }

  // A transaction that begins as a reader and writes later can fail half-way when another process wrote in between;
  // an immediate one fails at its first statement or not at all.
  override async beginTransaction(_connection: DatabaseConnection): Promise<void> {
    const { sql } = CompiledQuery.raw(`begin ${this.#opening}`);
    await this.#begin(() => void this.#database.prepare(sql).run([]));
  }
}

function asKyselyDatabase(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => {
      database.close();
    },
    prepare: (sql) => {
      const statement = database.prepare(sql);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...parameters.map(inputValue)),
        run: (parameters) => statement.run(...parameters.map(inputValue)),
        iterate: (parameters) => statement.iterate(...parameters.map(inputValue)),
      };
    },
  };
}

function inputValue(value: unknown): SQLInputValue {
  if (typeof value === 'string' || typeof value === 'number') return storable(value);
  if (value === null || typeof value === 'bigint') return value;
  throw new TypeError(`a ${typeof value} cannot be stored in SQLite`);
}
