import { writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { formatSet } from '@tagflow/model';
import test from 'ava';
import { LedgerError, openSqliteLedger } from '../src/index.ts';
import { promotionSuite } from './promotion-suite.ts';
import { sqliteStage } from './stage.ts';
import { countingRandom, hashOf, ledgerPath, manualClock, planOf, setOf, waiver } from './world.ts';

promotionSuite('SQLite', sqliteStage);

function world() {
  return { clock: manualClock(), random: countingRandom() };
}

test('what a promotion leaves in the tables: one plan, the sets, the waivers once it is done', async (t) => {
  const stage = await sqliteStage(t);
  const ledger = await stage.open();
  const rows = (query: string) => {
    const database = new DatabaseSync(stage.url.slice('sqlite:'.length));
    const found = database.prepare(query).all();
    database.close();
    return found.map((row) => Object.values(row).join(' '));
  };
  const [bare, whole] = [setOf(hashOf('b')), setOf(hashOf('b'), ['heat-api'])];
  const pin = await ledger.begin(planOf('b'.repeat(32), { mode: 'pin' }));
  await ledger.begin(planOf('b'.repeat(32), { mode: 'pin' }));
  t.deepEqual(rows('select count(*) from plans'), ['1'], 'equal plans are kept once');
  t.deepEqual(rows('select set_json from sets'), [formatSet(bare)]);
  const id = await ledger.begin(planOf('b'.repeat(32), { set: whole, fromSet: setOf(hashOf('9')), waivers: [waiver] }));
  t.deepEqual(rows('select set_json from sets order by full_hash desc'), [
    formatSet(whole),
    formatSet(setOf(hashOf('9'))),
  ]);
  await ledger.begin(planOf('b'.repeat(32), { mode: 'pin' }));
  t.true(rows('select set_json from sets').includes(formatSet(whole)), 'a pin knows less');
  await ledger.finish(pin, 'done');
  await ledger.finish(id, 'failed');
  t.deepEqual(rows('select * from waivers_used'), []);
  await ledger.finish(id, 'done');
  t.deepEqual(rows('select promotion, waiver from waivers_used'), [`${id} w1`]);
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

test('closing twice is no harm', async (t) => {
  const ledger = await openSqliteLedger(':memory:', world());
  await ledger.close();
  await t.notThrowsAsync(ledger.close());
});
