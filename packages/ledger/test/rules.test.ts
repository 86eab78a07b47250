import test from 'ava';
import { assertLedgerUsable, isThrowAwayRunner, LedgerError, openLedger, parseLedgerUrl } from '../src/index.ts';
import { countingRandom, manualClock } from './world.ts';

const paths: Readonly<Record<string, string>> = {
  'sqlite:ledger.db': 'ledger.db',
  'sqlite:/var/lib/l.db': '/var/lib/l.db',
  'sqlite:///var/lib/l.db': '/var/lib/l.db',
  'sqlite::memory:': ':memory:',
};
for (const [url, path] of Object.entries(paths)) {
  test(`${url} names ${path}`, (t) => {
    t.deepEqual(parseLedgerUrl(url), { kind: 'sqlite', path });
  });
}

const servers: Readonly<Record<string, string>> = {
  'postgres://tagflow@db.example:5433/ledger': 'postgres://tagflow@db.example:5433/ledger',
  'postgresql://db.example/ledger?sslmode=verify-full&sslrootcert=/etc/ca.pem': 'postgresql://db.example/ledger',
  'postgresql://tagflow@/ledger?host=/run/postgresql': 'postgresql://tagflow@/ledger',
  'postgres:///ledger?host=/run/postgresql&options=-csearch_path%3Dtagflow': 'postgres:///ledger',
};
for (const [url, where] of Object.entries(servers)) {
  test(`${url} is called ${where}`, (t) => {
    t.deepEqual(parseLedgerUrl(url), { kind: 'postgres', url, where });
  });
}

const badUrls = [
  ...['', 'ledger.db', 'sqlite:', 'sqlite://host/l.db', 'mysql://u:hunter2@h/db'],
  ...[
    'postgresql://u:hunter2@h/db',
    'postgres://h/db?password=hunter2',
    'POSTGRES://u:hunter2@h/db',
    'postgres://u:hunter2@/db',
  ],
  ...['postgres://u:hunter2@h', 'postgres:u:hunter2@h/db', 'postgres://u:hunter2@h:port/db', 'postgres://h/a/b'],
  ...['postgres://h/db?statement_timeout=0', 'postgres://h/db#hunter2'],
];
for (const url of badUrls) {
  test(`"${url}" is no ledger, and no password gets into the message`, async (t) => {
    const error = t.throws(() => parseLedgerUrl(url), { instanceOf: LedgerError, code: 'bad-url' });
    t.is(error.outcome, 'invalid');
    t.false(error.message.includes('hunter2'));
    await t.throwsAsync(openLedger(url, { clock: manualClock(), random: countingRandom() }), { code: 'bad-url' });
  });
}

test('whoever writes a password into a URL is told where it belongs', (t) => {
  const error = t.throws(() => parseLedgerUrl('postgres://u:hunter2@h/db'), { instanceOf: LedgerError });
  t.regex(error.next ?? '', /PGPASSWORD, or PGPASSFILE/);
});

const runners: readonly (readonly [Readonly<Record<string, string>>, boolean])[] = [
  [{}, false],
  [{ CI: 'true' }, true],
  [{ CI: '1' }, true],
  [{ CI: 'false' }, false],
  [{ GITHUB_ACTIONS: 'true' }, true],
];
for (const [env, expected] of runners) {
  test(`${JSON.stringify(env)} is ${expected ? 'a' : 'no'} throw-away runner`, (t) => {
    t.is(
      isThrowAwayRunner((name) => env[name]),
      expected,
    );
  });
}

const situations = [
  { url: 'sqlite:l.db', lock: 'lease', throwAwayRunner: false, explicit: false, usable: true },
  { url: 'sqlite:l.db', lock: 'lease', throwAwayRunner: true, explicit: false, usable: false },
  { url: 'sqlite:l.db', lock: 'lease', throwAwayRunner: true, explicit: true, usable: false },
  { url: 'sqlite::memory:', lock: 'lease', throwAwayRunner: true, explicit: true, usable: false },
  { url: 'sqlite:/srv/l.db', lock: 'lease', throwAwayRunner: true, explicit: false, usable: false },
  { url: 'sqlite:/srv/l.db', lock: 'lease', throwAwayRunner: true, explicit: true, usable: true },
  { url: 'sqlite:l.db', lock: 'ci', throwAwayRunner: true, explicit: false, usable: true },
  { url: 'postgres://db.example/l', lock: 'lease', throwAwayRunner: true, explicit: true, usable: true },
] as const;
for (const { usable, ...situation } of situations) {
  test(`${JSON.stringify(situation)} is ${usable ? '' : 'not '}usable`, (t) => {
    if (usable) {
      t.notThrows(() => {
        assertLedgerUsable(situation);
      });
      return;
    }
    const error = t.throws(
      () => {
        assertLedgerUsable(situation);
      },
      { instanceOf: LedgerError, code: 'throw-away-runner' },
    );
    t.is(error.outcome, 'invalid');
    t.regex(error.next ?? '', /lock: ci/);
  });
}
