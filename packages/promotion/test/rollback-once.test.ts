import { previousOf } from '@tagflow/model';
import test from 'ava';
import type { PromoteReport } from '../src/index.ts';
import { type Bench, byHand, createBench, hashOf, periodic, rollbackTo } from './memory-bench.ts';
import { label } from './memory-world.ts';
import { a, b, c, d, killed, named, offer, promoted, run } from './rollback-bench.ts';

const back = rollbackTo(null);

/** What happened after the label went a → b → c, and where a rollback without a hash brings it. */
const asked: readonly (readonly [
  title: string,
  happens: (bench: Bench) => Promise<unknown> | void,
  outcome: PromoteReport['outcome'],
  label: string,
  says: RegExp,
])[] = [
  ['nothing', () => undefined, 'done', 'b', /was 6363/],
  ['previous was moved by somebody', ({ dlrn }) => dlrn.promote(previousOf(label), a), 'done', 'b', /was 6363/],
  ['somebody promoted a newer one', (bench) => stray(bench, 3), 'done', 'c', /was 6464/],
  [
    'it was rolled back already',
    (bench) => run(bench, back),
    'nothing-to-do',
    'b',
    /to go further back, give the hash/,
  ],
  [
    'it was rolled back, and a tag drifted since',
    async (bench) => {
      await run(bench, back);
      bench.disks.rdo.pointers.set(`heat-api:${label}`, 'sha256:somebody');
    },
    'done',
    'b',
    /back.*1 pointers? brought back/,
  ],
  [
    'it was rolled back to an older one',
    (bench) => run(bench, rollbackTo(a)),
    'nothing-to-do',
    'a',
    /to go further back, give the hash/,
  ],
  [
    'somebody else moved it back',
    ({ dlrn }) => dlrn.promote(label, b),
    'done',
    'b',
    /moved back from 6363.* already.*5 pointers brought back/,
  ],
  [
    'it was rolled back, and a person went on to a newer one',
    async (bench) => {
      await run(bench, back);
      offer(bench, 3);
      await run(bench, byHand(d));
    },
    'done',
    'b',
    /was 6464/,
  ],
];

for (const [title, happens, outcome, where, says] of asked) {
  for (const ledger of ['kept', 'lost']) {
    test(`a rollback without a hash goes to what was before, once: ${title}, ledger ${ledger}: ${outcome}`, async (t) => {
      const bench = await promoted();
      await happens(bench);
      bench.pass(60_000);
      if (ledger === 'lost') bench.loseLedger();
      const report = await run(bench, back);
      t.is(report.outcome, outcome, report.message);
      t.regex(report.message, says);
      t.is(named(bench), where, report.message);
    });
  }
}

/** Somebody promotes the n-th hash with DLRN's own client, and resumes. */
async function stray(bench: Bench, n: number): Promise<void> {
  offer(bench, n);
  bench.dlrn.promote(label, hashOf(n));
  await run(bench, { ...periodic, fullHash: hashOf(n) });
}

test('a rollback without a hash is told where there is nothing to go back to', async (t) => {
  const bench = createBench();
  await t.throwsAsync(run(bench, back), { message: /cannot be rolled back: the repository has no label/ });
  offer(bench, 0);
  await run(bench, periodic);
  await t.throwsAsync(run(bench, back), { message: /remembers nothing that current-tripleo named before 6161/ });
  t.is(named(bench), 'a');
});

for (const when of ['before', 'after'] as const) {
  for (const ledger of ['kept', 'lost']) {
    test(`a rollback without a hash that is killed ${when} any write and asked for again goes back once, ledger ${ledger}`, async (t) => {
      let points = 0;
      for (let write = 1; ; write += 1) {
        const bench = await promoted();
        if (!(await killed(bench, back, { write, when }))) break;
        points += 1;
        if (ledger === 'lost') bench.loseLedger();
        const at = `write ${write}`;
        const report = await run(bench, back);
        t.true(['done', 'nothing-to-do'].includes(report.outcome), `${at}: ${report.message}`);
        t.is(named(bench), 'b', at);
        t.is(named(bench, previousOf(label)), 'a', at);
        t.deepEqual(await bench.ledger().unfinished('master', label), [], at);
        t.is((await run(bench, back)).outcome, 'nothing-to-do', at);
        t.is(named(bench), 'b', `${at}, and once more`);
      }
      t.true(points >= 30, `${points} points`);
    });
  }
}

test('a rollback that names the hash goes further back', async (t) => {
  const bench = await promoted();
  await run(bench, back);
  t.is((await run(bench, rollbackTo(a))).outcome, 'done');
  t.is(named(bench), 'a');
  t.deepEqual(
    [b, c].map((hash) => bench.dlrn.rows.filter((row) => row.label === label && row.fullHash === hash).length),
    [2, 1],
  );
});
