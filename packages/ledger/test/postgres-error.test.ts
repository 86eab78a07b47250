import { ParseError } from '@tagflow/model';
import test from 'ava';
import { LedgerError } from '../src/index.ts';
import { asPostgresError, isBroken } from '../src/postgres-error.ts';

/** As the driver gives what the server said; https://www.postgresql.org/docs/current/errcodes-appendix.html */
function said(state: string, message = 'words'): Error {
  return Object.assign(new Error(message), { severity: 'ERROR', code: state });
}
const system = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

const rows: readonly (readonly [string, Error, string, string, boolean])[] = [
  ['nobody listens', system('ECONNREFUSED'), 'unreachable', 'waiting', true],
  ['no such host', system('ENOTFOUND'), 'unreachable', 'waiting', true],
  ['cut', new Error('Connection terminated unexpectedly'), 'unreachable', 'waiting', true],
  ['no answer', new Error('Query read timeout'), 'unreachable', 'waiting', true],
  ['no connection', new Error('timeout exceeded when trying to connect'), 'unreachable', 'waiting', true],
  ['shut down', said('57P01'), 'unreachable', 'waiting', true],
  ['starting up', said('57P03'), 'unreachable', 'waiting', true],
  ['too many clients', said('53300'), 'unreachable', 'waiting', true],
  ['stood still', said('25P03'), 'unreachable', 'waiting', true],
  ['lock not given', said('55P03'), 'busy', 'waiting', false],
  ['statement too slow', said('57014'), 'busy', 'waiting', false],
  ['deadlock', said('40P01'), 'busy', 'waiting', false],
  ['wrong password', said('28P01'), 'refused', 'invalid', false],
  ['no such database', said('3D000'), 'refused', 'invalid', false],
  ['no password', new Error('SASL: client password must be a string'), 'refused', 'invalid', true],
  ['no TLS', new Error('The server does not support SSL connections'), 'refused', 'invalid', true],
  ['a stranger', system('DEPTH_ZERO_SELF_SIGNED_CERT'), 'refused', 'invalid', true],
  ['tables gone', said('42P01'), 'lost', 'failed', false],
  ['no right', said('42501'), 'unreadable', 'failed', false],
  ['disk full', said('53100'), 'unreadable', 'failed', false],
  ['a plan', new ParseError('is not JSON'), 'unreadable', 'failed', true],
];
for (const [title, error, code, outcome, broken] of rows) {
  test(`${title}: ${code}, ${outcome}`, (t) => {
    const told = asPostgresError(error, 'postgres://db.example/l');
    if (!(told instanceof LedgerError)) throw error;
    t.deepEqual([told.code, told.outcome, told.cause], [code as never, outcome as never, error]);
    t.true(told.message.startsWith('ledger postgres://db.example/l'));
    t.is(isBroken(error), broken, 'whether the connection may be used again');
  });
}

test('every address of a name is told of', (t) => {
  const both = new AggregateError([system('ECONNREFUSED'), system('EHOSTUNREACH')], '');
  const told = asPostgresError(both, 'l');
  t.is((told as LedgerError).message, 'ledger l cannot be reached: connect ECONNREFUSED; connect EHOSTUNREACH');
});

test('what is ours stays as it is', (t) => {
  for (const error of [new LedgerError('held', 'x'), new TypeError('a mistake'), 'a text']) {
    t.is(asPostgresError(error, 'l'), error);
  }
});
