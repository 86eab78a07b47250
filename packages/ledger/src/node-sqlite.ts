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

/**
 * Returns a kysely dialect over `node:sqlite`, whose transactions all begin as writers.
 * @param begin is given the statement that opens a transaction, and may run it again while the file is locked
 */
export function nodeSqliteDialect(database: DatabaseSync, begin: (open: () => void) => Promise<void>): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new ImmediateDriver(asKyselyDatabase(database), begin),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

class ImmediateDriver extends SqliteDriver {
  readonly #database: SqliteDatabase;
  readonly #begin: (open: () => void) => Promise<void>;

  constructor(database: SqliteDatabase, begin: (open: () => void) => Promise<void>) {
    super({ database: () => Promise.resolve(database) });
    this.#database = database;
    this.#begin = begin;
  }

  // A transaction that begins as a reader and writes later can fail half-way when another process wrote in between;
  // an immediate one fails at its first statement or not at all.
  override async beginTransaction(_connection: DatabaseConnection): Promise<void> {
    const { sql } = CompiledQuery.raw('begin immediate');
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
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    return value;
  throw new TypeError(`a ${typeof value} cannot be stored in SQLite`);
}
