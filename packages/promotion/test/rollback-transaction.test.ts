import { type FullHash, previousOf } from '@tagflow/model';
import test from 'ava';
import { promote, resume } from '../src/index.ts';
import { createBench, periodic, rollbackTo } from './memory-bench.ts';
import { label } from './memory-world.ts';
import { a, b, c, d, named, offer, rolledBack, run } from './rollback-bench.ts';

test('a rollback and its rollback each get a version of their own', async (t) => {
  const bench = await rolledBack();
  t.is((await run(bench, rollbackTo(c))).outcome, 'done');
  const records = await bench.ledger().history('master', label, 10);
  const told = records.map(({ plan }) => [plan.mode, plan.toHash, plan.version] as const).reverse();
  t.deepEqual(
    told.map(([mode, hash]) => [mode, hash]),
    [
      ['promote', a],
      ['promote', b],
      ['promote', c],
      ['rollback', b],
      ['rollback', c],
    ],
  );
  const versions = told.map(([, , version]) => version);
  t.deepEqual(
    versions,
    [...new Set(versions)].sort((x, y) => x - y),
    'each is more than the one before',
  );
});

test('a rollback goes to any earlier set by its hash, and to none that the label never named', async (t) => {
  for (const [hash, where, before] of [
    [a, 'a', 'a'],
    [b, 'b', 'a'],
  ] as const) {
    const bench = createBench();
    for (const n of [0, 1, 2]) {
      offer(bench, n);
      await run(bench, periodic);
    }
    const report = await run(bench, rollbackTo(hash));
    t.is(report.outcome, 'done', report.message);
    t.is(named(bench), where);
    // Nothing was before a: previous stays where it is.
    t.is(named(bench, previousOf(label)), where === 'a' ? 'b' : before);
    offer(bench, 3);
    await t.throwsAsync(run(bench, rollbackTo(d)), { message: /never named 6464.*, so it cannot go back to it/ });
    t.is(named(bench), where);
  }
});

test('a rollback that fails leaves the label, and lifts its freeze and its hold', async (t) => {
  const bench = createBench((destination) =>
    destination.name !== 'images public'
      ? destination
      : {
          ...destination,
          flip: (moves, options) =>
            moves.some(({ pointer, to }) => pointer === label && to === a)
              ? Promise.reject(new Error('disk full'))
              : destination.flip(moves, options),
        },
  );
  offer(bench, 0);
  // The link does not go to a: it is put there by hand, and only the way back to it fails.
  bench.disks.public.pointers.set(label, a);
  t.is((await run(bench, periodic)).outcome, 'done');
  offer(bench, 1);
  t.is((await run(bench, periodic)).outcome, 'done');
  const report = await run(bench, rollbackTo(a));
  t.is(report.outcome, 'failed', report.message);
  t.regex(report.message, /every label is where it was, read back: disk full/);
  t.is(named(bench), 'b');
  t.deepEqual(await bench.ledger().policy('master'), []);
  offer(bench, 2);
  t.is((await run(bench, periodic)).outcome, 'done', 'automation goes on');
});

test('a rollback that is killed at any write and resumed is done, and frozen; with the ledger lost the kinds agree', async (t) => {
  let points = 0;
  for (const when of ['before', 'after'] as const) {
    for (const ledgerIsLost of [false, true]) {
      for (let write = 1; ; write += 1) {
        const bench = createBench();
        for (const n of [0, 1, 2]) {
          offer(bench, n);
          await run(bench, periodic);
        }
        const dying = bench.start({ write, when, kills: true });
        await promote(rollbackTo(b), dying.world, bench.dlrn.evidence).catch(() => null);
        if (dying.fate() === 'well') break;
        points += 1;
        const at = `${when} write ${write}${ledgerIsLost ? ', ledger lost' : ''}`;
        if (ledgerIsLost) bench.loseLedger();
        const [open] = await bench.ledger().unfinished('master', label);
        const ended = await resume(rollbackTo(b), bench.start().world, bench.dlrn.evidence);
        t.true(['done', 'nothing-to-do'].includes(ended.outcome), `${at}: ${ended.message}`);
        t.true(['b', 'c'].includes(named(bench)), `${at}: ${named(bench)}`);
        t.regex(named(bench, previousOf(label)), /^[ab]$/, at);
        t.deepEqual(await bench.ledger().unfinished('master', label), [], at);
        if (ledgerIsLost) continue;
        if (open !== undefined) t.is(named(bench), 'b', `${at}: a rollback that was begun goes on`);
        const frozen = (await bench.ledger().policy('master')).some(({ kind }) => kind === 'freeze');
        t.is(frozen, named(bench) === 'b', `${at}: a label that went back is frozen`);
      }
    }
  }
  t.true(points >= 80, `${points} points`);
});

/** What is gone from where: its reading back says so, as registries and stores do. */
const losses: readonly [place: string, gone: string][] = [
  ['registry rdo', 'heat-api@sha256:61 is not there'],
  ['registry docker', 'nova-compute@sha256:61 is not there'],
  ['images public', 'overcloud-full.tar is not there'],
];

test('a rollback looks first whether everything still exists, and lists all that is gone before any write', async (t) => {
  const asked: string[] = [];
  let isGone = false;
  const bench = createBench((destination) => {
    const gone = losses.filter(([place]) => place === destination.name).map(([, what]) => what);
    const isLost = (hash: FullHash): boolean => isGone && hash === a;
    return {
      ...destination,
      stage(set, options) {
        if (isGone) asked.push(`${destination.name} stage`);
        // As registries and stores do: what nobody has cannot be copied.
        return isLost(set.fullHash) ? Promise.reject(new Error(gone.join())) : destination.stage(set, options);
      },
      verify: (set, options) => (isLost(set.fullHash) ? Promise.resolve(gone) : destination.verify(set, options)),
      flip(moves, options) {
        if (isGone) asked.push(`${destination.name} flip`);
        return destination.flip(moves, options);
      },
    };
  });
  for (const n of [0, 1]) {
    offer(bench, n);
    await run(bench, periodic);
  }
  isGone = true;
  const planned = await run(bench, { ...rollbackTo(a), dryRun: true });
  t.is(planned.outcome, 'planned');
  t.deepEqual(asked, [], 'a dry run looks, and stages nothing');
  const report = await run(bench, rollbackTo(a));
  t.is(report.outcome, 'failed', report.message);
  for (const [place, gone] of losses) {
    t.true(
      planned.plan?.notes.some((note) => note.endsWith(`${place}: ${gone}`)),
      planned.plan?.notes.join(),
    );
    t.true(report.message.includes(`${place}: ${gone}`), report.message);
  }
  t.false(
    asked.some((what) => what.endsWith('flip')),
    'no pointer was written',
  );
  t.is(named(bench), 'b');
  t.deepEqual(await bench.ledger().policy('master'), [], 'a rollback that moved nothing leaves no freeze');
  bench.dlrn.purge(a);
  await t.throwsAsync(run(bench, rollbackTo(a)), { message: /there is no build 6161/ });
});
