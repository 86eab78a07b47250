import type { Plan } from '@tagflow/model';
import test from 'ava';
import { examine } from '../src/doctor/doctor.ts';
import { formatReportMarkdown, formatReportText } from '../src/index.ts';
import {
  type Bench,
  createBench,
  doctorRequest,
  first,
  previous,
  promoteByHand,
  second,
  third,
  told,
} from './doctor-bench.ts';
import { createMemoryEvidence } from './memory-evidence.ts';
import { createMemoryLedger } from './memory-ledger.ts';
import { createDestinations, createDisks, createWorld, label, planFor } from './memory-world.ts';

const tag = `heat-api:${label}`;

/** A world in which one tag is lost, and the plan that mends it. */
async function drifted(): Promise<{ readonly bench: Bench; readonly plan: Plan }> {
  const bench = await createBench();
  bench.disks.docker.pointers.delete(tag);
  const { plan } = await bench.examine();
  if (plan === null) throw new Error('there is no plan');
  bench.writes.length = 0;
  return { bench, plan };
}

test('a repair moves no label, says why, and holds what it saw', async (t) => {
  const { plan } = await drifted();
  t.is(plan.mode, 'repair');
  t.deepEqual([plan.fromHash, plan.toHash], [second.fullHash, second.fullHash]);
  const to = second.containers[0]!.digest;
  const kind = 'containers' as const;
  t.deepEqual(plan.moves, [{ destination: 'registry docker', kind, label, pointer: tag, from: null, to }]);
  t.deepEqual(plan.irreversible, [{ destination: 'registry docker', pointer: tag }]);
  t.deepEqual(
    plan.verdict.reasons.map(({ kind: of, met, text }) => [of, met, text]),
    [['repair', true, `a repair: the repository's current-tripleo names ${second.fullHash} already`]],
  );
});

/** What happens to the plan, or behind its back, and what is said of it then. */
const refusals: Readonly<Record<string, readonly [change: (plan: Plan, bench: Bench) => Plan, says: RegExp]>> = {
  'the label moved meanwhile': [
    (plan, bench) => {
      promoteByHand(bench, third);
      return plan;
    },
    /: current-tripleo names 63.* by now, and the plan repairs 62/,
  ],
  'it was edited to take a tag elsewhere': [
    (plan) => ({ ...plan, moves: plan.moves.map((move) => ({ ...move, to: third.containers[0]!.digest })) }),
    /: registry docker: heat-api:current-tripleo → sha256:63.* is not what current-tripleo names in the repository$/,
  ],
  'it was edited to move the label': [
    (plan) => ({ ...plan, toHash: first.fullHash, set: first }),
    /: the plan moves current-tripleo, and a repair never does$/,
  ],
  'it was edited to write the repository': [
    (plan) => ({
      ...plan,
      moves: [
        {
          destination: 'repository',
          kind: 'repository',
          label,
          pointer: label,
          from: second.fullHash,
          to: third.fullHash,
        },
      ],
    }),
    /: repository: current-tripleo → 63.* is not what current-tripleo names/,
  ],
  'it was edited to change what a rollback goes to': [
    (plan) => ({
      ...plan,
      moves: [
        {
          destination: 'images public',
          kind: 'images',
          label: previous,
          pointer: previous,
          from: null,
          to: third.fullHash,
        },
      ],
    }),
    /: images public: previous-current-tripleo → 63.* is not what previous-current-tripleo names/,
  ],
};

for (const [name, [change, says]] of Object.entries(refusals)) {
  for (const dryRun of [true, false]) {
    test(`a repair plan is refused when ${name}${dryRun ? ', in a dry run too' : ''}`, async (t) => {
      const { bench, plan } = await drifted();
      const report = await bench.apply(change(plan, bench), { dryRun });
      t.is(report.outcome, 'failed');
      t.regex(report.message, /^the plan no longer fits, and nothing was written: /);
      t.regex(report.message, says);
      t.deepEqual(bench.writes, []);
    });
  }
}

test('a label that moves while a repair is staged is noticed under the lease', async (t) => {
  const { bench, plan } = await drifted();
  const { acquire } = bench.ledger;
  let leases = 0;
  bench.ledger.acquire = (keys, ...rest) => {
    leases += 1;
    // The first one is the turn; the second one is taken when everything is staged.
    if (leases === 2) promoteByHand(bench, third);
    return acquire(keys, ...rest);
  };
  const report = await bench.apply(plan);
  t.is(report.outcome, 'blocked', report.message);
  t.regex(report.message, /current-tripleo names 63.* by now/);
  t.is(bench.disks.docker.pointers.get(tag), undefined);
});

test('bytes that another place has, and that nothing is taken from by itself, are for a person', async (t) => {
  const bench = await createBench();
  bench.lost.set('rdo', ['heat-api is not there']);
  const asked = (sourcesOf: (name: string) => readonly string[]) => bench.examine({ sourcesOf });
  const source = await asked((name) => (name === 'registry rdo' ? [] : ['registry rdo']));
  t.deepEqual(source.findings.map(told), ['missing-container registry rdo: person']);
  t.is(source.findings[0]?.todo, 'Copy it back from registry docker with tag-and-push-containers, and ask again.');
  t.is(source.plan, null);
  const elsewhere = await asked(() => ['registry of another phase']);
  t.deepEqual(elsewhere.findings.map(told), ['missing-container registry rdo: repair'], 'nobody has looked there');
});

test('a pin has nothing but its label: what DLRN holds in part is mended, and what somebody pinned is told', async (t) => {
  const disks = createDisks();
  const ledger = createMemoryLedger();
  const half = new Set([label as string]);
  const places = createDestinations(disks).filter(({ kind }) => kind === 'repository');
  const [repository] = places.map((place) => ({ ...place, unfinished: () => Promise.resolve([...half]) }));
  if (repository === undefined) return t.fail();
  disks.repository.pointers.set(label, first.fullHash);
  const evidence = createMemoryEvidence({ passed: () => true, history: () => [second.fullHash, first.fullHash] });
  const look = () => examine(doctorRequest, createWorld([repository], ledger), evidence);

  const broken = await look();
  t.deepEqual(
    broken.findings.map(({ kind, remedy }) => [kind, remedy]),
    [['half-in-repository', 'repair']],
  );
  t.deepEqual(
    broken.plan?.moves.map(({ destination, from, to }) => [destination, from, to]),
    [['repository', first.fullHash, first.fullHash]],
  );
  half.clear();
  const pin = await planFor(places, second);
  await ledger.finish(await ledger.begin(pin as Plan), 'done');
  const back = await look();
  t.deepEqual(
    back.findings.map(({ kind, remedy, severity }) => [kind, remedy, severity]),
    [['backwards', 'promotion', 'error']],
  );
  t.is(back.plan, null);
  disks.repository.pointers.set(label, second.fullHash);
  t.deepEqual((await look()).findings, []);
});

test('a report fits a terminal, and nothing in it is Markdown', async (t) => {
  const bench = await createBench();
  const healthy = formatReportText(await bench.examine());
  t.is(healthy, `current-tripleo → ${second.fullHash}: everything\nagrees\n`);
  bench.lost.set('public', ['<b>overcloud-full.tar</b> is\u001b[31m missing']);
  const report = await bench.examine();
  const text = formatReportText(report);
  t.true(
    text.split('\n').every((line) => line.length <= 80),
    text,
  );
  t.false(text.includes('\u001b'));
  t.regex(
    text.replace(/\s+/g, ' '),
    /error: missing-image, images public .* to do: Go back to the last whole set: tagflow rollback/,
  );
  t.regex(
    formatReportMarkdown(report),
    /- \*\*missing-image\*\* \(error\) in images public: .*\\<b\\>overcloud-full\.tar/,
  );
});
