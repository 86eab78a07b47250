import test from 'ava';
import { parseConfig } from '../src/load.ts';
import { testRows } from './bad-input.ts';
import { minimal } from './minimal.ts';

function ledgerOf(url: string) {
  const text = minimal.replace('dlrn:', `ledger: { url: '${url}', lock: ci }\ndlrn:`);
  return parseConfig(text, '/etc/tagflow/tagflow.yaml').ledger;
}

const servers = [
  'postgres://tagflow@db.example:5433/ledger',
  'postgresql://db.example/ledger?sslmode=verify-full&sslrootcert=/etc/ca.pem',
  'postgresql://tagflow@/ledger?host=/run/postgresql',
];
for (const url of servers) {
  test(`a ledger at ${url}`, (t) => {
    t.deepEqual(ledgerOf(url), { url, path: null, lock: 'ci', explicit: true });
  });
}

test('a file is absolute, and explicit when it was written so', (t) => {
  const file = { url: 'sqlite:/etc/tagflow/l.db', path: '/etc/tagflow/l.db', lock: 'ci' };
  t.deepEqual(ledgerOf('sqlite:l.db'), { ...file, explicit: false } as never);
  t.deepEqual(ledgerOf('sqlite:/etc/tagflow/l.db'), { ...file, explicit: true } as never);
});

const bad = (url: string) => `ledger: {url: "${url}"}\ndlrn:`;
testRows([
  ['password', 'dlrn:', bad('postgres://u:hunter2@db/x'), /^4:15 ledger\.url: a password does not belong .*PGPASSFILE/],
  ['password of another name', 'dlrn:', bad('postgres://db/x?password=hunter2'), /does not belong in this file/],
  ['password without a host', 'dlrn:', bad('postgres://u:hunter2@/x'), /does not belong in this file/],
  ['no database', 'dlrn:', bad('postgres://u:hunter2@db'), /is not a PostgreSQL ledger; allowed: postgres:/],
  ['no URL', 'dlrn:', bad('postgres:u:hunter2@db/x'), /is not a PostgreSQL ledger/],
  ['no port', 'dlrn:', bad('postgres://u:hunter2@db:port/x'), /is not a PostgreSQL ledger/],
  [
    'parameter',
    'dlrn:',
    bad('postgres://db/x?ssl_mode=require'),
    /"ssl_mode" is no parameter of a ledger; allowed: host/,
  ],
  ['another database', 'dlrn:', bad('mysql://u:hunter2@db/x'), /this is not a ledger; allowed: sqlite:PATH, postgres:/],
]);
