import { previousOf } from '@tagflow/model';
import test from 'ava';
import { applyReviewedPlan, promote, type PromoteRequest, resume } from '../../src/index.ts';
import { type Bench, byHand, createBench, periodic, rollbackTo } from '../memory-bench.ts';
import { label } from '../memory-world.ts';
import { a, b, c, d, day, killed, named, offer, promoted, run } from '../rollback-bench.ts';

// More histories that the engine once ended otherwise than the model, found when others were mended.

const somebody = 'sha256:somebody';
const tag = `heat-api:${label}`;

/** Kills a request at every write; where it is left open, something happens, and it is resumed. How often that failed. */
async function stranded(prepare: () => Promise<Bench>, request: PromoteRequest, happens: (bench: Bench) => void) {
  const told: string[] = [];
  for (let write = 1; ; write += 1) {
    const bench = await prepare();
    if (!(await killed(bench, request, { write, when: 'after' }))) return told;
    if ((await bench.ledger().unfinished('master', label)).length === 0) continue;
    happens(bench);
    const ended = await resume(periodic, bench.start().world, bench.dlrn.evidence);
    const after = bench.disks.repository.pointers.get(label) === d ? 'after' : 'before';
    if (ended.outcome === 'half-done') told.push(`write ${write}, ${after} the commit point: ${ended.message}`);
  }
}

test('T3 a tag that was right already, and is moved during an interruption, strands no label', async (t) => {
  const prepare = async (): Promise<Bench> => {
    const bench = await promoted();
    const { containers } = bench.build(3);
    offer(bench, 3);
    bench.disks.rdo.pointers.set(tag, containers[0]?.digest ?? '');
    return bench;
  };
  t.deepEqual(await stranded(prepare, periodic, ({ disks }) => disks.rdo.pointers.set(tag, somebody)), []);
});

test('T3 a previous-label that DLRN is told otherwise during an interruption strands no label', async (t) => {
  const prepare = async (): Promise<Bench> => {
    const bench = await promoted();
    offer(bench, 3);
    return bench;
  };
  t.deepEqual(await stranded(prepare, periodic, ({ dlrn }) => dlrn.promote(previousOf(label), a)), []);
});

test('T5 what was ended, and the ledger could not be told, is not done once more after a person', async (t) => {
  for (let write = 1; ; write += 1) {
    const bench = await promoted();
    await killed(bench, rollbackTo(b), { write: 30, when: 'after' });
    bench.pass(31 * day);
    const { world, fate } = bench.start({ write, when: 'before', kills: false });
    await promote(byHand(c), world, bench.dlrn.evidence).catch(() => null);
    if (fate() === 'well') break;
    if (named(bench) !== 'c') continue;
    await run(bench, periodic);
    t.is(named(bench), 'c', `write ${write}`);
  }
});

test('a rollback without a hash goes back once, also when a tag was mended since', async (t) => {
  const bench = await promoted();
  await run(bench, rollbackTo(null));
  bench.disks.rdo.pointers.set(tag, somebody);
  await run(bench, byHand(b));
  const again = await run(bench, rollbackTo(null));
  t.is(again.outcome, 'nothing-to-do', again.message);
  t.is(named(bench), 'b');
});

test('T5 a try that failed when the ledger was lost does not open the way for automation', async (t) => {
  const bench = await promoted();
  await run(bench, rollbackTo(b));
  bench.pass(60_000);
  bench.loseLedger();
  const { world } = bench.start();
  const destinations = world.destinations.map((one) =>
    one.kind === 'images' ? { ...one, verify: () => Promise.resolve(['a link is gone']) } : one,
  );
  t.is((await promote(byHand(c), { ...world, destinations }, bench.dlrn.evidence)).outcome, 'failed');
  t.is((await run(bench, periodic)).outcome, 'blocked');
  t.is(named(bench), 'b');
});

test('a plan whose one write holds, while another tag has drifted, is not nothing-to-do', async (t) => {
  const bench = createBench();
  offer(bench, 0);
  await run(bench, periodic);
  bench.disks.rdo.pointers.set(tag, somebody);
  const { plan } = await run(bench, { ...periodic, fullHash: a, dryRun: true });
  if (plan === null) throw new Error('no plan');
  await run(bench, { ...periodic, fullHash: a });
  bench.disks.docker.pointers.set(tag, somebody);
  const report = await applyReviewedPlan(plan, periodic, bench.start().world, bench.dlrn.evidence);
  t.is(report.outcome, 'failed', report.message);
});

test('T8 a version grows also when a plan from before is applied by a person and the ledger is lost', async (t) => {
  const bench = await promoted();
  offer(bench, 3);
  const { plan } = await run(bench, { ...byHand(d), dryRun: true });
  if (plan === null) throw new Error('no plan');
  bench.pass(60_000);
  await run(bench, byHand(d));
  const back = await run(bench, rollbackTo(c));
  bench.loseLedger();
  bench.pass(60_000);
  const report = await applyReviewedPlan(plan, byHand(d), bench.start().world, bench.dlrn.evidence);
  const last = await bench.ledger().lastVersion('master', label);
  t.true(report.outcome !== 'done' || last > (back.plan?.version ?? 0), `${last} after ${back.plan?.version}`);
});
