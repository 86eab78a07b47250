import { Socket } from 'node:net';
import type { PostgresPool } from 'kysely';
import { Pool, type PoolClient, types } from 'pg';
import { isBroken } from './postgres-error.ts';
import { storable } from './storable.ts';

export interface PoolOptions {
  readonly url: string;
  /** How long a transaction may stand still before the server throws it out. */
  readonly idleMs: number;
}

// Each below the 10 s that anything may take. Whoever stands still in a transaction is thrown out before others, who
// wait for what it has locked, lose their patience.
const connectMs = 5000;
const statementMs = 9000;
const answerMs = 10_000;
const lockMs = 8000;
const bigint = 20;

/**
 * Returns a pool of connections. None is used again after an error that leaves its state unknown, and an idle one
 * keeps no process alive.
 */
export function createPool({ url, idleMs }: PoolOptions): PostgresPool {
  const sockets = new Set<Socket>();
  const pool = new Pool({
    connectionString: url,
    stream: () => {
      const socket = new Socket();
      sockets.add(socket.once('close', () => sockets.delete(socket)));
      return socket;
    },
    application_name: 'tagflow',
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    query_timeout: answerMs,
    lock_timeout: lockMs,
    idle_in_transaction_session_timeout: idleMs,
    keepAlive: true,
    allowExitOnIdle: true,
    max: 4,
    types: { getTypeParser: (oid, format) => (oid === bigint ? wholeNumber : types.getTypeParser(oid, format)) },
  });
  // A connection that breaks says so when nobody asks it anything, too; the next question finds out.
  pool.on('error', ignore);
  pool.on('connect', (client) => client.on('error', ignore));
  return {
    options: pool.options,
    connect: async () => guarded(await pool.connect()),
    end: async () => {
      await pool.end();
      // The pool forgets a connection that failed to log in; the server keeps it for a minute, and it this process.
      for (const socket of sockets) socket.destroySoon();
    },
  };
}

type PoolConnection = Awaited<ReturnType<PostgresPool['connect']>>;

// Kysely rolls back after an error; on a connection that does not answer that would double the wait.
function guarded(client: PoolClient): PoolConnection {
  let broken: Error | null = null;
  const query = async (sql: string, parameters: readonly unknown[]) => {
    if (broken !== null) throw broken;
    try {
      return await client.query<never, unknown[]>(sql, parameters.map(storable));
    } catch (error) {
      if (error instanceof Error && isBroken(error)) broken = error;
      throw error;
    }
  };
  return {
    // Kysely's type has cursors as well, which nobody asks for here.
    query: query as unknown as PoolConnection['query'],
    release: (discard) => {
      client.release(broken ?? discard ?? false);
    },
  };
}

// The driver gives a text, because JavaScript's numbers end before PostgreSQL's; milliseconds stay far below.
function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} in the ledger is no number that tagflow wrote`);
  return value;
}

function ignore(): void {
  // Said to the one who asks next.
}
