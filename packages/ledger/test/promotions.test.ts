import { writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { parseLabel } from '@tagflow/model';
import test from 'ava';
import { LedgerError, openSqliteLedger } from '../src/index.ts';
import { countingRandom, label, ledgerPath, manualClock, planOf } from './world.ts';

function world() {
  return { clock: manualClock(), random: countingRandom() };
}

test('a promotion is remembered across processes: plan, journal, outcome', async (t) => {
  const path = await ledgerPath(t);
  const effects = world();
  const before = await openSqliteLedger(path, effects);
  const id = await before.begin(planOf());
  t.regex(id, /^20260102T030405Z-[0-9a-z]{6}$/);
  effects.clock.advance(1500);
  await before.record(id, 'staged', 'containers to rdo');
  await before.record(id, 'moved', 'heat-api:current-tripleo');
  await before.close();

  const after = await openSqliteLedger(path, effects);
  t.teardown(() => after.close());
  const start = Date.UTC(2026, 0, 2, 3, 4, 5);
  t.deepEqual(await after.unfinished('master', label), [
    {
      id,
      plan: planOf(),
      outcome: null,
      journal: [
        { at: start + 1500, step: 'staged', detail: 'containers to rdo' },
        { at: start + 1500, step: 'moved', detail: 'heat-api:current-tripleo' },
      ],
    },
  ]);
  await after.finish(id, 'half-done');
  t.is((await after.unfinished('master', label)).length, 1, 'somebody still has to end it');
  await after.finish(id, 'done');
  t.deepEqual(await after.unfinished('master', label), []);
  const history = await after.history('master', label, 10);
  t.deepEqual(
    history.map((record) => [record.id, record.outcome]),
    [[id, 'done']],
  );
});

test('order is the order of beginning, also within one millisecond', async (t) => {
  const ledger = await openSqliteLedger(':memory:', world());
  t.teardown(() => ledger.close());
  const ids: string[] = [];
  for (const digit of ['a', 'b', 'c']) ids.push(await ledger.begin(planOf(digit.repeat(32))));
  t.is(new Set(ids).size, 3);
  t.deepEqual(
    (await ledger.unfinished('master', label)).map((record) => record.id),
    ids,
  );
  t.deepEqual(
    (await ledger.history('master', label, 2)).map((record) => record.id),
    [ids[2], ids[1]],
  );
  t.deepEqual(await ledger.history('master', parseLabel('other'), 2), []);
  t.deepEqual(await ledger.unfinished('stein', label), []);
});

test('equal random sources of two processes do not make one promotion of two', async (t) => {
  const path = await ledgerPath(t);
  const one = await openSqliteLedger(path, world());
  const two = await openSqliteLedger(path, world());
  t.teardown(() => Promise.all([one.close(), two.close()]));
  t.not(await one.begin(planOf()), await two.begin(planOf()));
});

test('an unknown promotion is an error', async (t) => {
  const ledger = await openSqliteLedger(':memory:', world());
  t.teardown(() => ledger.close());
  await t.throwsAsync(ledger.record('nobody', 'staged', ''), { instanceOf: LedgerError, code: 'unknown-promotion' });
  await t.throwsAsync(ledger.finish('nobody', 'done'), { code: 'unknown-promotion' });
});

test('a file that is no database is unreadable, and the words say that nothing is lost', async (t) => {
  const path = (await ledgerPath(t)).replace('/sub/', '/');
  await writeFile(path, 'this is not SQLite, it is a letter. '.repeat(100));
  const error = await t.throwsAsync(openSqliteLedger(path, world()), { instanceOf: LedgerError, code: 'unreadable' });
  t.true(error.message.includes(path));
  t.regex(error.next ?? '', /destinations say what holds/);
});

test('a folder is unreadable too', async (t) => {
  const path = (await ledgerPath(t)).replace(/\/sub\/.*/, '');
  await t.throwsAsync(openSqliteLedger(path, world()), { code: 'unreadable' });
});

test('a database of something else is left alone', async (t) => {
  const path = (await ledgerPath(t)).replace('/sub/', '/');
  const database = new DatabaseSync(path);
  database.exec('create table recipes (name text)');
  await t.throwsAsync(openSqliteLedger(path, world()), { code: 'unreadable', message: /something else/ });
  t.deepEqual(
    database
      .prepare('select name from sqlite_master')
      .all()
      .map((row) => row['name']),
    ['recipes'],
  );
  database.close();
});

test('a ledger of a newer tagflow is refused before anything is read', async (t) => {
  const path = await ledgerPath(t);
  await (await openSqliteLedger(path, world())).close();
  const database = new DatabaseSync(path);
  database.exec('update tagflow_schema set version = 99');
  database.close();
  const error = await t.throwsAsync(openSqliteLedger(path, world()), { instanceOf: LedgerError, code: 'newer-schema' });
  t.is(error.outcome, 'invalid');
  t.regex(error.message, /version 99/);
});

test('a plan that cannot be read is named', async (t) => {
  const path = await ledgerPath(t);
  const ledger = await openSqliteLedger(path, world());
  t.teardown(() => ledger.close());
  const id = await ledger.begin(planOf());
  const database = new DatabaseSync(path);
  database.exec(`update promotions set plan = '{}'`);
  database.close();
  await t.throwsAsync(ledger.unfinished('master', label), {
    code: 'unreadable',
    message: new RegExp(`promotion ${id}`),
  });
});

test('closing twice is no harm', async (t) => {
  const ledger = await openSqliteLedger(':memory:', world());
  await ledger.close();
  await t.notThrowsAsync(ledger.close());
});
