import { readFile } from 'node:fs/promises';
import type { FullHash, PolicyEntry } from '@tagflow/model';
import test from 'ava';
import { applyReviewedPlan, promote, type PromoteReport, type PromoteRequest, resume } from '../src/index.ts';
import { type Bench, candidate, createBench, hashOf, periodic, pointersOf } from './memory-bench.ts';
import { label } from './memory-world.ts';

// What the whole field has had once (README.md has the table). What other tests prove already is not written again here.

const [a, b, c] = [hashOf(0), hashOf(1), hashOf(2)] as [FullHash, FullHash, FullHash];

const run = (bench: Bench, more: Partial<PromoteRequest> = {}): Promise<PromoteReport> =>
  promote({ ...periodic, ...more }, bench.start().world, bench.dlrn.evidence);

const labelled = ({ disks }: Bench): string | undefined => disks.repository.pointers.get(label);

/** Builds the n-th hash and makes it a candidate, a second later than what was before; of its job nothing is known. */
function offer(bench: Bench, n: number): void {
  const { fullHash } = bench.build(n);
  bench.pass(1000);
  bench.dlrn.promote(candidate, fullHash);
}

/** The label names a, and b is a candidate of which the job succeeded. */
async function ready(wrap?: Parameters<typeof createBench>[0]): Promise<Bench> {
  const bench = createBench(wrap);
  offer(bench, 0);
  bench.dlrn.vote(a, 'success');
  await run(bench);
  offer(bench, 1);
  bench.dlrn.vote(b, 'success');
  return bench;
}

const hold: PolicyEntry = {
  ...{ kind: 'hold', id: 'h', release: null, label: null, hashes: { from: b, to: b } },
  ...{
    owner: 'ruck',
    bug: 'LP#1',
    reason: 'it eats disks',
    where: 'holds.yaml:1',
    expires: Number.MAX_SAFE_INTEGER / 2,
  },
};

/** Every way in which a label can come to name a hash without a rollback. */
const ways: readonly (readonly [
  name: string,
  go: (bench: Bench, policy: PromoteRequest['policy']) => Promise<string>,
])[] = [
  ['what is new', async (bench, policy) => (await run(bench, { policy })).outcome],
  ['a hash that is given', async (bench, policy) => (await run(bench, { policy, fullHash: b })).outcome],
  ['a person', async (bench, policy) => (await run(bench, { policy, fullHash: b, byHand: true })).outcome],
  [
    'a plan that was reviewed',
    async (bench, policy) => {
      const { plan } = await run(bench, { dryRun: true });
      if (plan === null) throw new Error('no plan');
      const { world } = bench.start();
      return (await applyReviewedPlan(plan, { ...periodic, policy }, world, bench.dlrn.evidence)).outcome;
    },
  ],
  [
    'a promotion that was interrupted',
    async (bench, policy) => {
      await run({ ...bench, start: () => bench.start({ write: 14, when: 'after', kills: true }) }).catch(() => null);
      // Taken back whole is what was asked for: kinds that agree.
      const ended = await resume({ ...periodic, policy }, bench.start().world, bench.dlrn.evidence);
      return ended.message.startsWith('every label is where it was') ? 'blocked' : ended.outcome;
    },
  ],
];

for (const [name, go] of ways) {
  test(`T2 a verdict is asked on every way to the label: ${name}`, async (t) => {
    const held = await ready();
    t.is(await go(held, { entries: [hold], digest: 'sha256:h' }), 'blocked');
    t.is(labelled(held), a);
    const free = await ready();
    t.is(await go(free, periodic.policy), 'done');
    t.is(labelled(free), b);
  });
}

test('T4 no label moves before every place has read back all that belongs to the set', async (t) => {
  for (const lacking of ['registry rdo', 'registry docker', 'images public']) {
    let isLacking = false;
    const bench = await ready((one) =>
      one.name === lacking
        ? { ...one, verify: (set, options) => (isLacking ? Promise.resolve(['not there']) : one.verify(set, options)) }
        : one,
    );
    const before = pointersOf(bench);
    isLacking = true;
    const report = await run(bench);
    t.is(report.outcome, 'failed');
    t.regex(report.message, new RegExp(`the set of ${b} is not whole: ${lacking}: not there`));
    t.deepEqual(pointersOf(bench), before);
    isLacking = false;
    t.is((await run(bench)).outcome, 'done', 'green, and moved as soon as it is whole');
  }
});

test('T6 a stream that is faster than its tests starves no promotion', async (t) => {
  const bench = createBench();
  const named: (string | undefined)[] = [];
  for (let n = 0; n < 8; n += 1) {
    offer(bench, n);
    // A test takes as long as two builds.
    if (n >= 2) bench.dlrn.vote(hashOf(n - 2), 'success');
    await run(bench);
    named.push(labelled(bench));
  }
  t.deepEqual(named, [undefined, undefined, ...[0, 1, 2, 3, 4, 5].map(hashOf)]);
});

test('T9 what was tested is what every place serves, though its tag has moved at the source since', async (t) => {
  const bench = await ready();
  // Built once more under the same hash: readers of the source see it, the set that was published does not hold it.
  bench.disks.rdo.pointers.set(`heat-api:${b}`, 'sha256:rebuilt');
  const { plan } = await run(bench);
  const digests = plan?.set.containers.map(({ digest }) => digest);
  t.deepEqual(digests, [`sha256:${'62'.repeat(32)}`, `sha256:${'62'.repeat(32)}`] as typeof digests);
  for (const { pointers } of [bench.disks.rdo, bench.disks.docker]) {
    t.is(pointers.get(`heat-api:${label}`), digests?.[0]);
  }
});

/** Waivers of the one job, of which b failed; only one of them is meant for b, this label, this release and today. */
const waivers: readonly (readonly [name: string, more: Partial<PolicyEntry>, outcome: string])[] = [
  ['of this hash', {}, 'done'],
  ['of another hash', { hashes: { from: a, to: a } }, 'blocked'],
  ['of another label', { label: candidate }, 'blocked'],
  ['of another release', { release: 'wallaby' }, 'blocked'],
  ['that has ended', { expires: 0 }, 'blocked'],
  ['of another job', { job: 'other' }, 'blocked'],
];

for (const [name, more, outcome] of waivers) {
  test(`T11 a waiver reaches as far as it says, and is told: ${name}: ${outcome}`, async (t) => {
    const bench = await ready();
    const waiver = { ...hold, kind: 'waiver', id: 'w', job: 'job', label, release: 'master', ...more } as PolicyEntry;
    offer(bench, 2);
    bench.dlrn.vote(c, 'failure');
    bench.dlrn.vote(c, 'success', 'smoke');
    const own = 'hashes' in more ? waiver : ({ ...waiver, hashes: { from: c, to: c } } as PolicyEntry);
    const report = await run(bench, {
      fullHash: c,
      criteria: { allOf: ['job', 'smoke'], informing: [] },
      policy: { entries: [own], digest: 'sha256:w' },
    });
    t.is(report.outcome, outcome as typeof report.outcome, report.message);
    t.deepEqual(
      report.plan?.waivers.map(({ id }) => id),
      outcome === 'done' ? ['w'] : undefined,
    );
    if (outcome === 'done') t.regex(report.result?.statement ?? '', /waived by ruck until .* it eats disks \(LP#1\)/);
  });
}

test('T12 what a newer candidate is judged by is not what the older one is judged by', async (t) => {
  const bench = await ready();
  offer(bench, 2);
  // The newest passes only one of two alternatives and lacks the rest; b has all that is asked of each.
  bench.dlrn.vote(c, 'success', 'alternative');
  const criteria = { allOf: ['job', { anyOf: ['direct', 'alternative'] }], informing: [] };
  bench.dlrn.vote(b, 'success', 'direct');
  const report = await run(bench, { criteria });
  t.is(report.outcome, 'done', report.message);
  t.is(labelled(bench), b);
});

test('T17 every test that the table of README.md names is there', async (t) => {
  const root = new URL('../../../', import.meta.url);
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const rows = readme.split('\n').filter((line) => /^\| T\d+ /.test(line));
  t.deepEqual(
    rows.map((row) => /^\| T(\d+) /.exec(row)?.[1]),
    Array.from({ length: 20 }, (_, n) => `${n + 1}`),
  );
  for (const row of rows) {
    const named = [...row.matchAll(/`([^`]+\.test\.ts)`: «([^»]+)»/g)];
    t.true(named.length > 0, `${row.slice(0, 40)} names no test`);
    for (const [, file = '', title = ''] of named) {
      const text = await readFile(new URL(file, root), 'utf8').catch(() => '');
      t.true(text.includes(title.replaceAll("'", "\\'")) || text.includes(title), `${file} has no «${title}»`);
    }
  }
});
