import type { Plan } from '@tagflow/model';
import test from 'ava';
import { applyReviewedPlan, promote, resume } from '../src/index.ts';
import { type Bench, byHand, periodic, rollbackTo } from './memory-bench.ts';
import { label } from './memory-world.ts';
import { b, c, d, day, killed, leftIn, named, offer, promoted, rolledBack, run } from './rollback-bench.ts';

/** What somebody does after a person took the label from c back to b, and what of the rollback is left then. */
const afterwards: readonly (readonly [
  title: string,
  happens: (bench: Bench) => Promise<unknown>,
  label: string,
  left: readonly string[],
])[] = [
  ['a person promotes what it names', (bench) => run(bench, byHand(b)), 'b', ['freeze', 'hold']],
  [
    'a person promotes what it names, and it had drifted',
    async (bench) => {
      bench.disks.rdo.pointers.set(`heat-api:${label}`, 'sha256:somebody');
      await run(bench, byHand(b));
    },
    'b',
    ['freeze', 'hold'],
  ],
  ['a person promotes what is newer', (bench) => offered(bench, () => run(bench, byHand(d))), 'd', ['hold']],
  [
    'a person promotes what is newer, and it fails',
    (bench) => offered(bench, () => promote(byHand(d), broken(bench), bench.dlrn.evidence)),
    'b',
    ['freeze', 'hold'],
  ],
  [
    'a person plans what is newer, and the timer applies it',
    (bench) => offered(bench, () => applied(bench, byHand(d))),
    'd',
    ['hold'],
  ],
  [
    'automation promotes what is newer when the freeze is over',
    (bench) => {
      bench.pass(8 * day);
      return offered(bench, () => run(bench, periodic));
    },
    'd',
    ['freeze', 'hold'],
  ],
];

for (const [title, happens, where, left] of afterwards) {
  test(`T5 a freeze ends when a person has moved the label: ${title}: ${left.join(', ')}`, async (t) => {
    const bench = await rolledBack();
    await happens(bench);
    t.is(named(bench), where);
    t.deepEqual(await leftIn(bench), left);
  });
}

async function offered(bench: Bench, then: () => Promise<unknown>): Promise<void> {
  offer(bench, 3);
  await then();
}

/** A person makes the plan and gives a reason; the timer applies it, and gives none. */
async function applied(bench: Bench, request: typeof periodic): Promise<void> {
  const { plan } = await run(bench, { ...request, dryRun: true });
  await applyReviewedPlan(plan as Plan, periodic, bench.start().world, bench.dlrn.evidence);
}

function broken(bench: Bench): ReturnType<Bench['start']>['world'] {
  const { world } = bench.start();
  const destinations = world.destinations.map((one) =>
    one.kind === 'images' ? { ...one, verify: () => Promise.resolve(['a link is gone']) } : one,
  );
  return { ...world, destinations };
}

for (const ledger of ['kept', 'lost']) {
  test(`T5 what a person began is ended as by hand, whoever resumes it, and lifts the freeze then, ledger ${ledger}`, async (t) => {
    let points = 0;
    for (let write = 1; ; write += 1) {
      const bench = await rolledBack();
      offer(bench, 3);
      if (!(await killed(bench, byHand(d), { write, when: 'after' }))) break;
      const [open] = await bench.ledger().unfinished('master', label);
      if (open === undefined) continue;
      points += 1;
      if (ledger === 'lost') bench.loseLedger();
      const ended = await resume(periodic, bench.start().world, bench.dlrn.evidence);
      t.true(['done', 'nothing-to-do'].includes(ended.outcome), ended.message);
      if (ledger === 'lost') {
        t.regex(named(bench), /^[bd]$/, `write ${write}`);
        continue;
      }
      t.is(named(bench), 'd', `write ${write}: ${ended.message}`);
      t.deepEqual(await leftIn(bench), ['hold'], `write ${write}`);
    }
    t.true(points >= 30, `${points} points`);
  });
}

/** The link of images cannot be moved; `mend` makes it whole. */
async function withBrokenLink(): Promise<{ bench: Bench; mend: () => void }> {
  let isBroken = false;
  const bench = await promoted((one) =>
    one.kind !== 'images'
      ? one
      : {
          ...one,
          flip: (moves, options) =>
            // The way back is as it was.
            isBroken && moves.some((move) => move.pointer === label && move.from === c)
              ? Promise.reject(new Error('disk full'))
              : one.flip(moves, options),
        },
  );
  offer(bench, 3);
  isBroken = true;
  return { bench, mend: () => void (isBroken = false) };
}

for (const ledger of ['kept', 'lost']) {
  for (const [what, request, where] of [
    ['rollback', rollbackTo(b), 'c'],
    // Nobody was told that it failed, and its votes are what they were.
    ['promotion', periodic, 'd'],
  ] as const) {
    test(`a ${what} that is killed while it is being taken back ends at ${where}, ledger ${ledger}`, async (t) => {
      let points = 0;
      for (let write = 1; ; write += 1) {
        const { bench, mend } = await withBrokenLink();
        if (!(await killed(bench, request, { write, when: 'after' }))) break;
        const [open] = await bench.ledger().unfinished('master', label);
        if (open?.journal.some(({ step }) => step === 'undoing') !== true) continue;
        points += 1;
        mend();
        if (ledger === 'lost') bench.loseLedger();
        const ended = await resume(periodic, bench.start().world, bench.dlrn.evidence);
        t.true(['done', 'nothing-to-do'].includes(ended.outcome), `write ${write}: ${ended.message}`);
        t.is(named(bench), ledger === 'lost' ? 'c' : where, `write ${write}: ${ended.message}`);
        t.deepEqual(await leftIn(bench), [], `write ${write}`);
      }
      t.true(points >= 5, `${points} points`);
    });
  }
}
