import test from 'ava';
import { type FullHash, parseTargetLabel, previousOf, type Vote } from '@tagflow/model';
import {
  applyReviewedPlan,
  type Candidate,
  type Evidence,
  promote,
  type PromoteRequest,
  resume,
} from '../src/index.ts';
import { predecessorOf } from '../src/previous.ts';
import { createDestinations, createDisks, createMemoryLedger, createSet, createWorld } from './memory-world.ts';

const label = parseTargetLabel('current-tripleo');
const candidate = parseTargetLabel('tripleo-ci-testing');
const [first, second, third] = [createSet('a'), createSet('b'), createSet('c')];

const asCandidate = (fullHash: FullHash): Candidate => ({ fullHash, builds: [] });

function before(history: readonly FullHash[], current: string | undefined): readonly FullHash[] {
  const end = history.findIndex((hash) => hash === current);
  return end < 0 ? history : history.slice(0, end);
}

function evidence(
  passed: readonly FullHash[],
  history: readonly FullHash[],
  current: () => string | undefined = () => undefined,
): Evidence {
  const vote = (result: Vote['result']): Vote => ({
    job: 'job',
    result,
    timestamp: 1,
    url: '',
    notes: null,
    user: null,
  });
  return {
    place: 'the test',
    votes: (hash) => Promise.resolve(passed.includes(hash) ? [vote('success')] : [vote('failure')]),
    history: () => Promise.resolve(history),
    candidates: () =>
      Promise.resolve({
        known: history.map(asCandidate),
        newer: before(history, current()).map(asCandidate),
      }),
    describe: (hash) => Promise.resolve({ url: `http://127.0.0.1/${hash}`, builds: [] }),
  };
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
  const all = evidence(newestFirst, newestFirst, () => disks.repository.pointers.get(label));
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

test('after a rollback, previous is what the label named before it first named the hash', (t) => {
  const [a, b, c] = [first.fullHash, second.fullHash, third.fullHash];
  t.is(predecessorOf(b, [c, b, a], c), a);
  t.is(predecessorOf(b, [c, b, b, a], c), a, 'promoted twice');
  t.is(predecessorOf(b, [b, c, b, a], c), a, 'gone back to before');
  t.is(predecessorOf(b, [c, b, c, a], c), a, 'never the one that is left');
  t.is(predecessorOf(a, [c, b, a], c), null);
  t.is(predecessorOf(a, [c, b], c), null, 'longer ago than is known');
});

test('a pin goes back to nothing that the label named', async (t) => {
  const disks = createDisks();
  const world = createWorld([createDestinations(disks).at(-1)!], createMemoryLedger());
  const pin: PromoteRequest = { ...request, mode: 'pin', criteria: 'none', keepPrevious: false };
  const all = evidence([], [second.fullHash, first.fullHash]);
  for (const set of [first, second]) disks.repository.pointers.set(label, set.fullHash);
  const back = await promote({ ...pin, fullHash: first.fullHash }, world, all);
  t.is(back.outcome, 'blocked');
  t.regex(back.message, new RegExp(`named ${first.fullHash} before ${second.fullHash}, which it names now`));
  t.is((await promote({ ...pin, fullHash: third.fullHash }, world, all)).outcome, 'done');
  t.is((await promote({ ...pin, fullHash: third.fullHash }, world, all)).outcome, 'nothing-to-do');
});

test('a dry run plans and writes nothing; the same again has nothing to do', async (t) => {
  const disks = createDisks();
  const world = createWorld(createDestinations(disks), createMemoryLedger());
  const all = evidence(newestFirst, newestFirst, () => disks.repository.pointers.get(label));
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
  const all = evidence(newestFirst, newestFirst, () => disks.repository.pointers.get(label));
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
