import { previousOf } from '@tagflow/model';
import test from 'ava';
import type { PromoteReport, PromoteRequest } from '../src/index.ts';
import { type Bench, byHand, candidate, hashOf, periodic, rollbackTo } from './memory-bench.ts';
import { label } from './memory-world.ts';
import { a, b, c, d, day, named, offer, rolledBack, run } from './rollback-bench.ts';

test('a rollback brings all kinds to the set before, and previous to what was before that', async (t) => {
  const bench = await rolledBack();
  t.is(named(bench), 'b');
  t.is(named(bench, previousOf(label)), 'a');
  const left = await bench.ledger().policy('master');
  t.deepEqual(
    left.map(({ kind, owner, expires }) => [kind, owner, (expires - bench.now()) / day]),
    [
      ['freeze', 'ruck', 7],
      ['hold', 'ruck', 30],
    ],
  );
  t.regex(left[0]?.reason ?? '', new RegExp(`^rolled back to ${b}: LP#1 breaks nova$`));
});

/** What happens after a person took the label from c back to b, and where the label is then. */
const afterwards: readonly (readonly [
  title: string,
  happens: (bench: Bench) => void,
  request: PromoteRequest,
  outcome: PromoteReport['outcome'],
  label: string,
  says: RegExp,
])[] = [
  [
    'the next periodic run',
    () => undefined,
    periodic,
    'blocked',
    'b',
    /named 6363.* before .* was moved away from it: only a person/,
  ],
  [
    'the set that was left, given',
    () => undefined,
    { ...periodic, fullHash: c },
    'blocked',
    'b',
    /named 6363.* before .* was moved away from it/,
  ],
  [
    'a newer candidate with all votes',
    (bench) => offer(bench, 3),
    periodic,
    'blocked',
    'b',
    /is frozen by ruck until 2026-01-12.* moves by hand only: rolled back to/,
  ],
  [
    'a newer candidate, given',
    (bench) => offer(bench, 3),
    { ...periodic, fullHash: d },
    'blocked',
    'b',
    /frozen by ruck/,
  ],
  [
    'a newer candidate right before the freeze is over',
    (bench) => {
      offer(bench, 3);
      bench.pass(7 * day - 60_001);
    },
    periodic,
    'blocked',
    'b',
    /frozen by ruck/,
  ],
  [
    'a newer candidate when the freeze is over',
    (bench) => {
      offer(bench, 3);
      bench.pass(7 * day - 60_000);
    },
    periodic,
    'done',
    'd',
    /was 6262/,
  ],
  [
    'nothing newer, freeze and hold are over',
    (bench) => bench.pass(31 * day),
    periodic,
    'blocked',
    'b',
    /only a person takes it there again/,
  ],
  [
    'the set that was left, given, freeze and hold are over',
    (bench) => bench.pass(31 * day),
    { ...periodic, fullHash: c },
    'blocked',
    'b',
    /was moved away from it: only a person takes it there again, with a reason/,
  ],
  ['the ledger is lost', (bench) => bench.loseLedger(), periodic, 'blocked', 'b', /only a person takes it there again/],
  [
    'the ledger is lost, and the set that was left is given',
    (bench) => bench.loseLedger(),
    { ...periodic, fullHash: c },
    'blocked',
    'b',
    /only a person takes it there again/,
  ],
  [
    'the ledger is lost, and what was left is pinned once more',
    (bench) => {
      bench.loseLedger();
      bench.dlrn.promote(candidate, c);
    },
    periodic,
    'blocked',
    'b',
    /only a person takes it there again/,
  ],
  [
    'the ledger is lost, and with it the freeze: what is newer and tested goes on',
    (bench) => {
      bench.loseLedger();
      offer(bench, 3);
    },
    periodic,
    'done',
    'd',
    /was 6262/,
  ],
  ['a person, the newer one', (bench) => offer(bench, 3), byHand(d), 'done', 'd', /was 6262/],
  [
    'a person, what was left: it is held',
    () => undefined,
    byHand(c),
    'blocked',
    'b',
    / may not become current-tripleo: held by ruck until 2026-02-04/,
  ],
  ['a person, what was left, the hold is over', (bench) => bench.pass(30 * day), byHand(c), 'done', 'c', /was 6262/],
  ['a rollback of the rollback', () => undefined, rollbackTo(c), 'done', 'c', /was 6262/],
  ['a rollback further back', () => undefined, rollbackTo(a), 'done', 'a', /was 6262/],
];

for (const [title, happens, request, outcome, where, says] of afterwards) {
  test(`T5 automation undoes no rollback: ${title}: ${outcome}`, async (t) => {
    const bench = await rolledBack();
    happens(bench);
    const report = await run(bench, request);
    t.is(report.outcome, outcome, report.message);
    t.regex(report.message, says);
    t.is(named(bench), where);
  });
}

test('T5 a person who moves the label by hand lifts the freeze and leaves the hold: automation goes on from there', async (t) => {
  const bench = await rolledBack();
  offer(bench, 3);
  t.is((await run(bench, byHand(d))).outcome, 'done');
  t.deepEqual(
    (await bench.ledger().policy('master')).map(({ kind }) => kind),
    ['hold'],
  );
  offer(bench, 4);
  const report = await run(bench, periodic);
  t.is(report.outcome, 'done', report.message);
  t.is(report.fullHash, hashOf(4));
});

test('T5 a move by hand that fails lifts no freeze', async (t) => {
  const bench = await rolledBack();
  bench.build(3);
  bench.dlrn.promote(candidate, d);
  bench.dlrn.vote(d, 'failure');
  t.is((await run(bench, byHand(d))).outcome, 'blocked');
  bench.dlrn.vote(d, 'success');
  t.is((await run(bench, periodic)).outcome, 'blocked');
  t.is(named(bench), 'b');
});
