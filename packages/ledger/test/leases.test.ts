import { rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import test from 'ava';
import { LedgerError, openSqliteLedger } from '../src/index.ts';
import { leaseSuite } from './lease-suite.ts';
import { sqliteStage } from './stage.ts';
import { countingRandom, ledgerPath, manualClock, planOf } from './world.ts';

const minute = 60_000;

leaseSuite('SQLite', sqliteStage);

test('the times of a lease are those of the promoter', async (t) => {
  const ledger = await (await sqliteStage(t)).open();
  await ledger.acquire(['key'], 'one', minute);
  await t.throwsAsync(ledger.acquire(['key'], 'two', minute), {
    message: '"key" is held by one since 2026-01-02T03:04:05.000Z; the lease expires 2026-01-02T03:05:05.000Z',
  });
});

// What the clock says when a check asks, when the ledger renews, and when the answer is looked at; and what comes of it.
const stops = [
  { title: 'an answer within a quarter of the lease counts', times: [0, 0, 15_000], until: 60_000 },
  { title: 'a later one is asked for again', times: [0, 0, 15_001, 20_000, 20_000, 20_001], until: 80_000 },
  { title: 'a ledger that is always late is busy', times: [0, 0, 16_000, 1, 1, 17_000, 2, 2, 18_000], until: null },
] as const;
for (const { title, times, until } of stops) {
  test(title, async (t) => {
    const clock = manualClock(0);
    const ledger = await openSqliteLedger(':memory:', { clock, random: countingRandom() });
    t.teardown(() => ledger.close());
    const lease = await ledger.acquire(['key'], 'one', minute);
    const left: number[] = [...times];
    clock.now = () => left.shift() ?? Number.NaN;
    if (until === null) {
      const error = await t.throwsAsync(lease.check(), { instanceOf: LedgerError, code: 'busy' });
      t.is(error.outcome, 'waiting');
      t.regex(error.message, /answers too slowly for a lease of 60 s/);
    } else {
      t.is(await lease.check(), until);
    }
    t.deepEqual(left, [], 'it was asked as often as that');
  });
}

test('a ledger file that was removed while it was in use protects nothing any more', async (t) => {
  const stage = await sqliteStage(t);
  const path = stage.url.slice('sqlite:'.length);
  const one = await stage.open();
  const lease = await one.acquire(['key'], 'one', minute);
  await rm(path);
  await t.throwsAsync(lease.check(), { code: 'lost', message: /removed or replaced/ });
  const fresh = await stage.open();
  await t.notThrowsAsync(fresh.acquire(['key'], 'two', minute));
  await t.throwsAsync(one.begin(planOf()), { code: 'lost' });
  await t.notThrowsAsync(lease.release());
});

test('a file that stays locked is waited for, then reported as busy', async (t) => {
  const path = await ledgerPath(t);
  const clock = manualClock();
  const one = await openSqliteLedger(path, { clock, random: countingRandom() });
  t.teardown(() => one.close());
  const other = new DatabaseSync(path);
  other.exec('begin immediate');
  const effects = { clock, random: countingRandom(), patience: 3 };
  await t.throwsAsync(openSqliteLedger(path, effects), { code: 'busy', message: /stays locked/ });
  other.exec('rollback');
  other.close();
  await t.notThrowsAsync(one.acquire(['key'], 'one', minute));
});
