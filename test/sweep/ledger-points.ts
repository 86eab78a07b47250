// Loaded into a tagflow process by `node --import`: counts its calls to SQLite, writes them down, and kills the process
// at one of them. TAGFLOW_SWEEP_LEDGER holds a JSON text like LedgerOrder.
import { appendFileSync } from 'node:fs';
import { DatabaseSync, StatementSync } from 'node:sqlite';

interface LedgerOrder {
  /** The file that gets each call's SQL, and whether a transaction is open after it, a JSON text a line; empty for none. */
  readonly record: string;
  readonly die: {
    readonly what: string;
    readonly occurrence: number;
    readonly moment: 'before' | 'after' | 'at';
  } | null;
}

const { record, die } = JSON.parse(process.env['TAGFLOW_SWEEP_LEDGER'] ?? '{}') as LedgerOrder;
let count = 0;
let open = false;

function around<Result>(sql: string, call: () => Result): Result {
  if (/^(?:begin|commit|rollback)\b/i.test(sql)) open = /^begin/i.test(sql);
  if (record !== '') appendFileSync(record, `${JSON.stringify({ sql, open })}\n`);
  const isHere = die !== null && sql === die.what && (count += 1) === die.occurrence;
  if (isHere && die.moment === 'before') process.kill(process.pid, 'SIGKILL');
  const result = call();
  if (isHere && die.moment !== 'before') process.kill(process.pid, 'SIGKILL');
  return result;
}

type AnyMethod = (this: never, ...args: readonly unknown[]) => unknown;

function wrap(prototype: object, name: string, sqlOf: (self: never, args: readonly unknown[]) => string): void {
  const original = Reflect.get(prototype, name) as AnyMethod;
  const wrapped: AnyMethod = function (...args) {
    return around(sqlOf(this, args), () => original.apply(this, [...args]));
  };
  Object.defineProperty(prototype, name, { value: wrapped, configurable: true, writable: true });
}

wrap(DatabaseSync.prototype, 'exec', (_self, [sql]) => String(sql));
for (const name of ['run', 'all', 'get', 'iterate']) {
  wrap(StatementSync.prototype, name, ({ sourceSQL }: StatementSync) => sourceSQL);
}
