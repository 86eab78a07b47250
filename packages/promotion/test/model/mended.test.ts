import { type FullHash, parseLabel, type Plan } from '@tagflow/model';
import test from 'ava';
import { applyReviewedPlan, promote, type PromoteReport, type PromoteRequest, resume } from '../../src/index.ts';
import {
  type Bench,
  byHand,
  candidate,
  createBench,
  hashOf,
  type Mishap,
  periodic,
  rollbackTo,
} from '../memory-bench.ts';
import { label } from '../memory-world.ts';

// Histories that the engine once ended otherwise than the model: the shortest of each.

const [a, b] = [hashOf(0), hashOf(1)] as [FullHash, FullHash];
const day = 86_400_000;

const run = (bench: Bench, request: PromoteRequest, mishap?: Mishap): Promise<PromoteReport> =>
  promote(request, bench.start(mishap).world, bench.dlrn.evidence);

/** Builds a, b, … so many, and promotes each; one second apart. */
async function promoted(count: number): Promise<Bench> {
  const bench = createBench();
  for (let n = 0; n < count; n += 1) {
    const { fullHash } = bench.build(n);
    bench.dlrn.vote(fullHash, 'success');
    bench.pass(1000);
    bench.dlrn.promote(candidate, fullHash);
    await run(bench, periodic);
  }
  return bench;
}

test('T3 a tag that somebody moves while a promotion is interrupted strands no label', async (t) => {
  const bench = await promoted(1);
  const { fullHash } = bench.build(1);
  bench.dlrn.vote(fullHash, 'success');
  bench.pass(1000);
  bench.dlrn.promote(candidate, fullHash);
  await run(bench, periodic, { write: 14, when: 'after', kills: true }).catch(() => null);
  t.is((await bench.ledger().unfinished('master', label)).length, 1);
  bench.disks.rdo.pointers.set(`heat-api:${label}`, 'sha256:somebody');
  // Back, as the words on resuming have it: the repository names the old hash, and somebody else moved something.
  const ended = await resume(periodic, bench.start().world, bench.dlrn.evidence);
  t.is(ended.outcome, 'done', ended.message);
  t.deepEqual(await bench.ledger().unfinished('master', label), []);
});

/** A plan a → b that was made, and not applied; then b was promoted otherwise, and rolled back. */
async function planOfBefore(): Promise<{ bench: Bench; plan: Plan }> {
  const bench = await promoted(1);
  bench.build(1);
  bench.dlrn.vote(b, 'success');
  bench.pass(1000);
  bench.dlrn.promote(candidate, b);
  const { plan } = await run(bench, { ...periodic, dryRun: true });
  bench.pass(1000);
  await run(bench, periodic);
  await run(bench, rollbackTo(a));
  return { bench, plan: plan as Plan };
}

test('T5 a plan from before a rollback promotes nothing afterwards, when freeze and hold are over', async (t) => {
  const { bench, plan } = await planOfBefore();
  bench.pass(31 * day);
  const report = await applyReviewedPlan(plan, periodic, bench.start().world, bench.dlrn.evidence);
  t.not(report.outcome, 'done', report.message);
  t.is(bench.disks.repository.pointers.get(label), a);
});

test('T5 a plan from before a rollback promotes nothing afterwards, when the ledger is lost', async (t) => {
  const { bench, plan } = await planOfBefore();
  bench.loseLedger();
  const report = await applyReviewedPlan(plan, periodic, bench.start().world, bench.dlrn.evidence);
  t.not(report.outcome, 'done', report.message);
  t.is(bench.disks.repository.pointers.get(label), a);
});

test('T8 a plan is refused, also to a person, when the label has moved and come back: its version would not grow', async (t) => {
  const { bench, plan } = await planOfBefore();
  bench.pass(31 * day);
  const report = await applyReviewedPlan(plan, byHand(b), bench.start().world, bench.dlrn.evidence);
  const versions = (await bench.ledger().history('master', label, 9))
    .filter(({ outcome }) => outcome === 'done')
    .map(({ plan: done }) => done.version);
  t.deepEqual(
    versions,
    versions.toSorted((x, y) => y - x),
    report.message,
  );
});

test('T5 a promotion that was tried and failed does not open the way for automation', async (t) => {
  const bench = await promoted(2);
  await run(bench, rollbackTo(a));
  bench.pass(31 * day);
  // A person tries it, and its link cannot be written.
  const broken = createWorldThatFails(bench);
  t.is((await promote(byHand(b), broken, bench.dlrn.evidence)).outcome, 'failed');
  t.is((await run(bench, { ...periodic, fullHash: b })).outcome, 'blocked');
  t.is(bench.disks.repository.pointers.get(label), a);
});

function createWorldThatFails(bench: Bench): ReturnType<Bench['start']>['world'] {
  const { world } = bench.start();
  const destinations = world.destinations.map((one) =>
    one.kind === 'images' ? { ...one, verify: () => Promise.resolve(['a link is gone']) } : one,
  );
  return { ...world, destinations };
}

test('T5 an interrupted rollback that somebody ended by hand leaves its freeze', async (t) => {
  const bench = await promoted(2);
  await run(bench, rollbackTo(a), { write: 2, when: 'before', kills: true }).catch(() => null);
  t.is((await bench.ledger().unfinished('master', label)).length, 1);
  bench.dlrn.promote(parseLabel(label), a);
  const ended = await resume(periodic, bench.start().world, bench.dlrn.evidence);
  t.is(ended.outcome, 'done', ended.message);
  t.deepEqual(
    (await bench.ledger().policy('master')).map(({ kind }) => kind),
    ['freeze', 'hold'],
  );
});
