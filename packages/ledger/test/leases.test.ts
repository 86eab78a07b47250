import { rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import test from 'ava';
import { LedgerError, openSqliteLedger } from '../src/index.ts';
import { countingRandom, ledgerPath, manualClock, planOf } from './world.ts';

const minute = 60_000;

async function twoLedgers(t: Parameters<typeof ledgerPath>[0]) {
  const path = await ledgerPath(t);
  const clock = manualClock();
  const one = await openSqliteLedger(path, { clock, random: countingRandom() });
  const two = await openSqliteLedger(path, { clock, random: countingRandom() });
  t.teardown(() => Promise.all([one.close(), two.close()]));
  return { path, clock, one, two };
}

test('a held key keeps everybody else out, with the words that help', async (t) => {
  const { one, two } = await twoLedgers(t);
  await one.acquire(['dlrn current-tripleo', 'registry a:current-tripleo'], 'github:alice', minute);
  const error = await t.throwsAsync(two.acquire(['image root/x', 'registry a:current-tripleo'], 'cli:bob', minute), {
    instanceOf: LedgerError,
    code: 'held',
  });
  t.is(error.outcome, 'waiting');
  for (const word of [
    'registry a:current-tripleo',
    'github:alice',
    '2026-01-02T03:04:05.000Z',
    '2026-01-02T03:05:05.000Z',
  ]) {
    t.true(error.message.includes(word), `${error.message} says ${word}`);
  }
  await t.notThrowsAsync(two.acquire(['image root/x'], 'cli:bob', minute), 'the key that was free was not taken');
});

test('the same owner is somebody else the second time', async (t) => {
  const { one } = await twoLedgers(t);
  await one.acquire(['key'], 'cli:root@host', minute);
  await t.throwsAsync(one.acquire(['key'], 'cli:root@host', minute), { code: 'held' });
});

test('release gives every key back, and can be called again', async (t) => {
  const { one, two } = await twoLedgers(t);
  const lease = await one.acquire(['a', 'b', 'a'], 'one', minute);
  await lease.release();
  const other = await two.acquire(['a', 'b'], 'two', minute);
  await lease.release();
  await t.notThrowsAsync(other.check(), 'the late release took nothing from the next holder');
  await t.throwsAsync(lease.check(), { code: 'lost', message: /no longer held by one: two took it at 2026/ });
});

test('check renews', async (t) => {
  const { clock, one, two } = await twoLedgers(t);
  const lease = await one.acquire(['key'], 'one', minute);
  clock.advance(minute - 1);
  await lease.check();
  clock.advance(minute - 1);
  await t.throwsAsync(two.acquire(['key'], 'two', minute), { code: 'held' });
});

test('an expired lease is renewed while nobody took it, and lost once somebody did', async (t) => {
  const { clock, one, two } = await twoLedgers(t);
  const lease = await one.acquire(['key'], 'one', minute);
  clock.advance(minute);
  await lease.check();
  clock.advance(minute);
  const next = await two.acquire(['key'], 'two', minute);
  await t.throwsAsync(lease.check(), { code: 'lost' });
  await next.release();
  await t.throwsAsync(lease.check(), { code: 'lost' }, 'also when the one who took it is gone again');
});

test('of many who ask at once exactly one gets the lease', async (t) => {
  const { one, two } = await twoLedgers(t);
  const asked = Array.from({ length: 10 }, (_, i) =>
    (i % 2 === 0 ? one : two).acquire(['x', 'y'], `o${String(i)}`, minute),
  );
  const answers = await Promise.allSettled(asked);
  t.is(answers.filter((answer) => answer.status === 'fulfilled').length, 1);
  for (const answer of answers) {
    if (answer.status === 'rejected') t.is((answer.reason as LedgerError).code, 'held');
  }
});

test('a lease of nothing is refused', async (t) => {
  const { one } = await twoLedgers(t);
  await t.throwsAsync(one.acquire([], 'one', minute), { code: 'no-keys' });
});

test('a ledger file that was removed while it was in use protects nothing any more', async (t) => {
  const { path, clock, one } = await twoLedgers(t);
  const lease = await one.acquire(['key'], 'one', minute);
  await rm(path);
  await t.throwsAsync(lease.check(), { code: 'lost', message: /removed or replaced/ });
  const fresh = await openSqliteLedger(path, { clock, random: countingRandom() });
  t.teardown(() => fresh.close());
  await t.notThrowsAsync(fresh.acquire(['key'], 'two', minute));
  await t.throwsAsync(one.begin(planOf()), { code: 'lost' });
  await t.notThrowsAsync(lease.release());
});

test('a file that stays locked is waited for, then reported as busy', async (t) => {
  const { path, clock, one } = await twoLedgers(t);
  const other = new DatabaseSync(path);
  other.exec('begin immediate');
  const effects = { clock, random: countingRandom(), patience: 3 };
  await t.throwsAsync(openSqliteLedger(path, effects), { code: 'busy', message: /stays locked/ });
  other.exec('rollback');
  other.close();
  await t.notThrowsAsync(one.acquire(['key'], 'one', minute));
});
