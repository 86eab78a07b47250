import test from 'ava';
import { type FullHash, parseLabel, parseTargetLabel, previousOf } from '@tagflow/model';
import { applyReviewedPlan, type Evidence, promote, type PromoteRequest, resume } from '../src/index.ts';
import { createMemoryEvidence } from './memory-evidence.ts';
import { createMemoryLedger, noPolicy } from './memory-ledger.ts';
import { createDestinations, createDisks, createSet, createWorld, label } from './memory-world.ts';

const candidate = parseTargetLabel('tripleo-ci-testing');
const [first, second, third] = [createSet('a'), createSet('b'), createSet('c')];

function evidence(passed: readonly FullHash[], history: readonly FullHash[]): Evidence {
  return createMemoryEvidence({ passed: (hash) => passed.includes(hash), history: () => history });
}

const request: PromoteRequest = {
  mode: 'promote',
  release: 'master',
  component: null,
  label,
  candidateLabel: candidate,
  criteria: { allOf: ['job'], informing: [] },
  fullHash: null,
  parts: [first, second, third],
  keepPrevious: true,
  configDigest: 'sha256:0',
  ...noPolicy,
  reason: null,
  actor: 'test',
  dryRun: false,
};

const newestFirst = [third.fullHash, second.fullHash, first.fullHash];

test('the newest candidate whose criteria are met is promoted; a failed newer one is passed over', async (t) => {
  const world = createWorld(createDestinations(createDisks()), createMemoryLedger());
  const report = await promote({ ...request, parts: [second] }, world, evidence([second.fullHash], newestFirst));
  t.is(report.outcome, 'done', report.message);
  t.is(report.fullHash, second.fullHash);
  t.is(report.previousHash, null);
  t.is(report.plan?.set.repository.url, `http://127.0.0.1/${second.fullHash}`);
});

test('a hash that failed is blocked with the job’s name, and nothing is planned', async (t) => {
  const world = createWorld(createDestinations(createDisks()), createMemoryLedger());
  const report = await promote({ ...request, fullHash: third.fullHash }, world, evidence([], newestFirst));
  t.is(report.outcome, 'blocked');
  t.regex(report.message, /may not become current-tripleo: job failed/);
  t.is(report.plan, null);
});

test('a label never moves backwards, whoever asks; a rollback does and says why', async (t) => {
  const disks = createDisks();
  const world = createWorld(createDestinations(disks), createMemoryLedger());
  const all = evidence(newestFirst, newestFirst);
  t.is((await promote({ ...request, fullHash: first.fullHash, parts: [first] }, world, all)).outcome, 'done');
  t.is((await promote({ ...request, fullHash: second.fullHash, parts: [second] }, world, all)).outcome, 'done');
  t.is((await promote({ ...request, fullHash: third.fullHash, parts: [third] }, world, all)).outcome, 'done');
  const back = await promote({ ...request, fullHash: first.fullHash, parts: [first] }, world, all);
  t.is(back.outcome, 'blocked');
  t.regex(back.message, /never moves a label backwards/);
  const rollback = {
    ...request,
    mode: 'rollback',
    fullHash: second.fullHash,
    parts: [],
    criteria: 'none',
    reason: 'bug 1',
  } as const;
  const report = await promote(rollback, world, all);
  t.is(report.outcome, 'done', report.message);
  t.is(disks.repository.pointers.get(label), second.fullHash);
  // Never the set that the label left: the next rollback would go there.
  const previous = previousOf(label);
  t.is(disks.repository.pointers.get(previous), first.fullHash);
  t.is(disks.public.pointers.get(previous), first.fullHash);

  const again = await promote({ ...rollback, fullHash: first.fullHash }, world, all);
  t.is(again.outcome, 'done', again.message);
  t.is(disks.repository.pointers.get(label), first.fullHash);
  t.true(
    again.plan?.notes.includes(
      `${previous} stays as it is: the test remembers nothing that ${label} named before ${first.fullHash}`,
    ),
  );
});

test('a pin goes back to nothing that the label named, nor to what its source named before', async (t) => {
  const disks = createDisks();
  const world = createWorld([createDestinations(disks).at(-1)!], createMemoryLedger());
  const pin: PromoteRequest = { ...request, mode: 'pin', criteria: 'none', keepPrevious: false };
  const of = (source: readonly FullHash[], pinned: readonly FullHash[]): Evidence =>
    createMemoryEvidence({ passed: () => false, history: (name) => (name === label ? pinned : source) });
  const [a, b, c] = [first.fullHash, second.fullHash, third.fullHash];
  disks.repository.pointers.set(label, b);
  for (const known of [of([b, a], [b, a]), of([c, b, a], [b])]) {
    const back = await promote({ ...pin, fullHash: a }, world, known);
    t.is(back.outcome, 'blocked');
    t.regex(back.message, new RegExp(`${a} is not newer than ${b}, which current-tripleo names already`));
  }
  t.is((await promote({ ...pin, fullHash: c }, world, of([c, b], [b]))).outcome, 'done');
  t.is((await promote({ ...pin, fullHash: c }, world, of([c, b], [c, b]))).outcome, 'nothing-to-do');
});

test('a pin from consistent, which has no history, goes by the pinned label and by when it was built', async (t) => {
  const disks = createDisks();
  const world = createWorld([createDestinations(disks).at(-1)!], createMemoryLedger());
  const candidateLabel = parseLabel('consistent');
  const pin: PromoteRequest = { ...request, candidateLabel, mode: 'pin', criteria: 'none', keepPrevious: false };
  const [a, b, c] = [first.fullHash, second.fullHash, third.fullHash];
  const builtAt = new Map([a, b, c].map((hash, index) => [hash, index]));
  const of = (pinned: readonly FullHash[]): Evidence =>
    createMemoryEvidence({ passed: () => false, history: () => pinned, builtAt, unrecorded: ['consistent'] });
  disks.repository.pointers.set(label, b);
  const named = await promote({ ...pin, fullHash: a }, world, of([b, a]));
  t.regex(named.message, new RegExp(`current-tripleo named ${a} before ${b}, which it names now`));
  const older = await promote({ ...pin, fullHash: a }, world, of([b]));
  t.is(older.outcome, 'blocked', 'never pinned, and built before');
  t.is((await promote({ ...pin, fullHash: c }, world, of([b]))).outcome, 'done');
});

test('a candidate label that went back offers nothing old again', async (t) => {
  const disks = createDisks();
  const world = createWorld(createDestinations(disks), createMemoryLedger());
  const [a, b] = [first.fullHash, second.fullHash];
  for (const { pointers } of Object.values(disks)) pointers.set(label, b);
  const report = await promote(request, world, evidence([a, b], [a, b, a]));
  t.is(report.outcome, 'nothing-to-do', report.message);
});

test('a rollback whose predecessor is gone leaves previous as it is', async (t) => {
  const disks = createDisks();
  const world = createWorld(createDestinations(disks), createMemoryLedger());
  const all = evidence(newestFirst, newestFirst);
  for (const set of [first, second, third]) {
    t.is((await promote({ ...request, fullHash: set.fullHash, parts: [set] }, world, all)).outcome, 'done');
  }
  const purged: Evidence = {
    ...all,
    describe: (hash, labels) =>
      hash === first.fullHash ? Promise.reject(new Error('it is purged')) : all.describe(hash, labels),
  };
  const rollback = { ...request, mode: 'rollback', parts: [], criteria: 'none', reason: 'bug 1' } as const;
  const report = await promote({ ...rollback, fullHash: second.fullHash }, world, purged);
  t.is(report.outcome, 'done', report.message);
  const note = `previous-current-tripleo stays as it is: of ${first.fullHash}, which it named before, it is purged`;
  t.true(report.plan?.notes.includes(note), report.plan?.notes.join());
  t.is(disks.repository.pointers.get(previousOf(label)), second.fullHash);
});

test('a dry run plans and writes nothing; the same again has nothing to do', async (t) => {
  const disks = createDisks();
  const world = createWorld(createDestinations(disks), createMemoryLedger());
  const all = evidence(newestFirst, newestFirst);
  const planned = await promote({ ...request, dryRun: true, parts: [third] }, world, all);
  t.is(planned.outcome, 'planned');
  t.true((planned.plan?.moves.length ?? 0) > 0);
  t.is(disks.repository.pointers.size + disks.rdo.sets.size, 0);
  t.is((await promote({ ...request, parts: [third] }, world, all)).outcome, 'done');
  t.is((await promote({ ...request, parts: [third] }, world, all)).outcome, 'nothing-to-do');
  const repair = await promote({ ...request, fullHash: third.fullHash, parts: [] }, world, all);
  t.is(repair.outcome, 'nothing-to-do', 'the set is read from where it was published');
});

test('a set without containers or images is never promoted', async (t) => {
  const world = createWorld(createDestinations(createDisks()), createMemoryLedger());
  const all = evidence(newestFirst, newestFirst);
  await t.throwsAsync(promote({ ...request, parts: [] }, world, all), { message: /no containers and no images/ });
  await t.throwsAsync(promote({ ...request, parts: [{ ...third, containers: [] }] }, world, all), {
    message: /no containers/,
  });
});

test('an interrupted promotion is ended before the next one begins; a dry run only says so', async (t) => {
  const disks = createDisks();
  const ledger = createMemoryLedger();
  const all = evidence(newestFirst, newestFirst);
  const world = createWorld(createDestinations(disks), ledger);
  const planned = await promote(
    { ...request, dryRun: true, parts: [second] },
    world,
    evidence([second.fullHash], newestFirst),
  );
  if (planned.plan === null) return t.fail();
  await ledger.begin(planned.plan);
  const dry = await promote({ ...request, dryRun: true, parts: [third] }, world, all);
  t.is(dry.outcome, 'half-done');
  t.regex(dry.message, /resume it first/);
  const report = await promote({ ...request, parts: [third] }, world, all);
  t.is(report.outcome, 'done', report.message);
  t.is(report.previousHash, second.fullHash, 'the interrupted one went forward first');
  t.is(disks.repository.pointers.get(label), third.fullHash);
  t.is((await resume(request, world, all)).outcome, 'nothing-to-do');
});

test('a reviewed plan is applied as it is, and refused when the verdict or the world changed', async (t) => {
  const disks = createDisks();
  const world = createWorld(createDestinations(disks), createMemoryLedger());
  const all = evidence(newestFirst, newestFirst);
  const { plan } = await promote({ ...request, dryRun: true, parts: [third] }, world, all);
  if (plan === null) return t.fail();
  await t.throwsAsync(applyReviewedPlan(plan, { ...request, release: 'pike' }, world, all), {
    message: /of release master, and pike was asked for/,
  });
  t.is((await applyReviewedPlan(plan, request, world, evidence([], newestFirst))).outcome, 'blocked');
  t.is((await applyReviewedPlan(plan, request, world, all)).outcome, 'done');
  t.is(disks.repository.pointers.get(label), third.fullHash);
  disks.repository.pointers.set(label, first.fullHash);
  t.is((await applyReviewedPlan(plan, request, world, all)).outcome, 'failed', 'the label is not what the plan saw');
});
