import test from 'ava';
import { LedgerError } from '../src/index.ts';
import type { Declare, NewStage, Stage } from './stage.ts';

const minute = 60_000;

async function two(stage: Stage) {
  return { one: await stage.open(), two: await stage.open() };
}

/** What leases promise, whatever they are kept in. */
export function leaseSuite(name: string, newStage: NewStage, declare: Declare = test): void {
  declare(`${name}: a held key keeps everybody else out, with the words that help`, async (t) => {
    const ledgers = await two(await newStage(t));
    await ledgers.one.acquire(['dlrn current-tripleo', 'registry a:current-tripleo'], 'github:alice', minute);
    const keys = ['image root/x', 'registry a:current-tripleo'];
    const error = await t.throwsAsync(ledgers.two.acquire(keys, 'cli:bob', minute), {
      instanceOf: LedgerError,
      code: 'held',
    });
    t.is(error.outcome, 'waiting');
    t.regex(
      error.message,
      /^"registry a:current-tripleo" is held by github:alice since 20.*Z; the lease expires 20.*Z$/,
    );
    await t.notThrowsAsync(ledgers.two.acquire(['image root/x'], 'cli:bob', minute), 'the free key was not taken');
  });

  declare(`${name}: the same owner is somebody else the second time`, async (t) => {
    const ledger = await (await newStage(t)).open();
    await ledger.acquire(['key'], 'cli:root@host', minute);
    await t.throwsAsync(ledger.acquire(['key'], 'cli:root@host', minute), { code: 'held' });
  });

  declare(`${name}: release gives every key back, and can be called again`, async (t) => {
    const ledgers = await two(await newStage(t));
    const lease = await ledgers.one.acquire(['a', 'b', 'a'], 'one', minute);
    await lease.release();
    await t.throwsAsync(lease.check(), { code: 'lost', message: /it was released/ });
    const other = await ledgers.two.acquire(['a', 'b'], 'two', minute);
    await lease.release();
    await t.notThrowsAsync(other.check(), 'the late release took nothing from the next holder');
    await t.throwsAsync(lease.check(), { code: 'lost', message: /no longer held by one: two took it at 20/ });
  });

  declare(`${name}: check renews, and says until when in the time of the one who asks`, async (t) => {
    const stage = await newStage(t);
    const ledgers = await two(stage);
    const lease = await ledgers.one.acquire(['key'], 'one', minute);
    await stage.advance(minute - 5000);
    t.is(await lease.check(), stage.clock.now() + minute);
    await stage.advance(minute - 5000);
    await t.throwsAsync(ledgers.two.acquire(['key'], 'two', minute), { code: 'held' });
  });

  declare(`${name}: an expired lease is renewed while nobody took it, and lost once somebody did`, async (t) => {
    const stage = await newStage(t);
    const ledgers = await two(stage);
    const lease = await ledgers.one.acquire(['key'], 'one', minute);
    await stage.advance(minute);
    await lease.check();
    await stage.advance(minute);
    const next = await ledgers.two.acquire(['key'], 'two', minute);
    await t.throwsAsync(lease.check(), { code: 'lost' });
    await next.release();
    await t.throwsAsync(lease.check(), { code: 'lost' }, 'also when the one who took it is gone again');
  });

  declare(`${name}: of many who ask at once for overlapping keys exactly one gets the lease`, async (t) => {
    const ledgers = await two(await newStage(t));
    const asked = Array.from({ length: 10 }, (_, i) =>
      (i % 2 === 0 ? ledgers.one : ledgers.two).acquire([`x${String(i)}`, 'y', 'a'], `o${String(i)}`, minute),
    );
    const answers = await Promise.allSettled(asked);
    t.is(answers.filter((answer) => answer.status === 'fulfilled').length, 1);
    for (const answer of answers) {
      if (answer.status === 'rejected') t.is((answer.reason as LedgerError).code, 'held');
    }
  });

  declare(`${name}: a lease of nothing is refused`, async (t) => {
    const ledger = await (await newStage(t)).open();
    await t.throwsAsync(ledger.acquire([], 'one', minute), { code: 'no-keys' });
  });

  declare(`${name}: a ledger that was emptied, or put back to an older copy, holds no lease any more`, async (t) => {
    const stage = await newStage(t);
    const lease = await (await stage.open()).acquire(['key'], 'one', minute);
    await stage.execute('delete from leases');
    await t.throwsAsync(lease.check(), { code: 'lost', message: /emptied/ });
    await t.notThrowsAsync(lease.release());
  });
}
