import test from 'ava';
import { type FullHash, parseTargetLabel, previousOf } from '@tagflow/model';
import { applyReviewedPlan, type Evidence, promote, type PromoteRequest, reconcile, resume } from '../src/index.ts';
import { createMemoryEvidence } from './memory-evidence.ts';
import { createMemoryLedger, noPolicy } from './memory-ledger.ts';
import { createDestinations, createDisks, createSet, createWorld, type Disks, label } from './memory-world.ts';

// Each of these was a defect once.

const [first, second, third] = [createSet('a'), createSet('b'), createSet('c')];

const request: PromoteRequest = {
  ...{
    mode: 'promote',
    release: 'master',
    component: null,
    label,
    candidateLabel: parseTargetLabel('tripleo-ci-testing'),
  },
  ...{ criteria: { allOf: ['job'], informing: [] }, fullHash: null, parts: [], keepPrevious: true },
  ...{ configDigest: 'sha256:0', ...noPolicy, reason: null, actor: 'test', dryRun: false },
};

/** Every hash has passed; the label's own history, and that of the candidates, newest first. */
function evidence(candidates: readonly FullHash[], history: readonly FullHash[] = []): Evidence {
  return createMemoryEvidence({ passed: () => true, history: (of) => (of === label ? history : candidates) });
}

const snapshot = (disks: Disks): string => JSON.stringify(Object.values(disks).map(({ pointers }) => [...pointers]));

async function promoted(disks: Disks, set: typeof first): Promise<void> {
  const world = createWorld(createDestinations(disks), createMemoryLedger());
  const report = await promote({ ...request, fullHash: set.fullHash, parts: [set] }, world, evidence([set.fullHash]));
  if (report.outcome !== 'done') throw new Error(report.message);
}

test('a dry run writes nothing: neither with a plan, nor when it resumes', async (t) => {
  const disks = createDisks();
  await promoted(disks, first);
  const ledger = createMemoryLedger();
  const world = createWorld(createDestinations(disks), ledger);
  const all = evidence([second.fullHash, first.fullHash]);
  const { plan } = await promote({ ...request, parts: [second], dryRun: true }, world, all);
  if (plan === null) return t.fail();
  const before = snapshot(disks);
  t.is((await applyReviewedPlan(plan, { ...request, dryRun: true }, world, all)).outcome, 'planned');
  disks.public.pointers.delete(label);
  t.is((await resume({ ...request, dryRun: true }, world, all)).outcome, 'planned', 'a link is gone');
  t.is((await applyReviewedPlan(plan, { ...request, dryRun: true }, world, all)).outcome, 'failed', 'the plan saw it');
  t.is(disks.public.pointers.get(label), undefined);
  disks.public.pointers.set(label, first.fullHash);
  t.is(snapshot(disks).length, before.length);
});

test('a plan that travelled as a file cannot turn a promotion into a rollback', async (t) => {
  const disks = createDisks();
  await promoted(disks, first);
  await promoted(disks, second);
  const world = createWorld(createDestinations(disks), createMemoryLedger());
  const all = evidence([second.fullHash, first.fullHash], [second.fullHash, first.fullHash]);
  const rollback: PromoteRequest = {
    ...request,
    mode: 'rollback',
    fullHash: first.fullHash,
    reason: 'bug',
    dryRun: true,
  };
  const { plan } = await promote(rollback, world, all);
  if (plan === null) return t.fail();
  await t.throwsAsync(applyReviewedPlan(plan, request, world, all), {
    message: /of mode rollback, and promote was asked/,
  });
  await t.throwsAsync(applyReviewedPlan(plan, { ...rollback, configDigest: 'sha256:1' }, world, all), {
    message: /configuration changed/,
  });
  t.is((await applyReviewedPlan(plan, { ...rollback, dryRun: false }, world, all)).outcome, 'done');
});

test('a rollback goes only to a set that the label had, and its record says who decided', async (t) => {
  const disks = createDisks();
  await promoted(disks, first);
  await promoted(disks, second);
  const world = createWorld(createDestinations(disks), createMemoryLedger());
  const all = evidence([third.fullHash], [second.fullHash, first.fullHash]);
  const rollback: PromoteRequest = { ...request, mode: 'rollback', reason: 'bug 1', keepPrevious: false };
  const never = { ...rollback, fullHash: third.fullHash, parts: [third] };
  await t.throwsAsync(promote(never, world, all), { message: /never named/ });
  const report = await promote({ ...rollback, fullHash: first.fullHash }, world, all);
  t.is(report.outcome, 'done', report.message);
  t.regex(report.result?.statement ?? '', /a rollback, decided by test: bug 1/);
  t.is(disks.repository.pointers.get(previousOf(label)), first.fullHash, 'not the set that it left');
});

test('a hash that is not among the newer candidates is never promoted over what the label names', async (t) => {
  const disks = createDisks();
  await promoted(disks, second);
  const world = createWorld(createDestinations(disks), createMemoryLedger());
  const old = { ...request, fullHash: first.fullHash, parts: [first] };
  const report = await promote(old, world, evidence([third.fullHash, second.fullHash]));
  t.is(report.outcome, 'blocked', 'it left the window of candidates long ago');
  t.is(disks.repository.pointers.get(label), second.fullHash);
});

test('an interrupted promotion that somebody overtook by hand is closed, and does not stop the next ones', async (t) => {
  const disks = createDisks();
  await promoted(disks, first);
  const ledger = createMemoryLedger();
  const world = createWorld(createDestinations(disks), ledger);
  const all = evidence([third.fullHash, second.fullHash, first.fullHash]);
  const { plan } = await promote({ ...request, fullHash: second.fullHash, parts: [second], dryRun: true }, world, all);
  if (plan === null) return t.fail();
  await ledger.begin(plan);
  for (const disk of [disks.rdo, disks.docker, disks.public]) disk.sets.set(third.fullHash, third);
  disks.repository.pointers.set(label, third.fullHash); // dlrnapi repo-promote
  const ended = await resume(request, world, all);
  t.is(ended.outcome, 'done', ended.message);
  t.is(disks.public.pointers.get(label), third.fullHash, 'images follow what the label names');
  t.deepEqual(await ledger.unfinished('master', label), []);
});

test('an interrupted promotion of one component is none of another’s', async (t) => {
  const disks = createDisks();
  const ledger = createMemoryLedger();
  const [repository] = createDestinations(disks).filter(({ kind }) => kind === 'repository');
  if (repository === undefined) return t.fail();
  const world = createWorld([repository], ledger);
  const all = evidence([second.fullHash, first.fullHash]);
  const tripleo = { ...request, component: 'tripleo' };
  const { plan } = await promote({ ...tripleo, fullHash: first.fullHash, dryRun: true }, world, all);
  if (plan === null) return t.fail();
  await ledger.begin(plan);
  const network = await promote({ ...request, component: 'network', fullHash: second.fullHash }, world, all);
  t.is(network.outcome, 'done', network.message);
  t.is((await ledger.unfinished('master', label)).length, 1, 'tripleo’s is still there');
});

test('a pin has nothing but the repository to agree with', async (t) => {
  const disks = createDisks();
  const [repository] = createDestinations(disks).filter(({ kind }) => kind === 'repository');
  if (repository === undefined) return t.fail();
  disks.repository.pointers.set(label, first.fullHash);
  t.is((await reconcile(label, createWorld([repository], createMemoryLedger()))).outcome, 'nothing-to-do');
});

test('a ledger that dies after the commit point does not make the promotion a failed one', async (t) => {
  const disks = createDisks();
  await promoted(disks, first);
  const ledger = createMemoryLedger();
  let committed = false;
  const destinations = createDestinations(disks, (when, write) => {
    committed ||= when === 'after' && write === `repository ${label}`;
  });
  const dying = {
    ...ledger,
    record: () => (committed ? Promise.reject(new Error('disk gone')) : Promise.resolve()),
    finish: () => Promise.reject(new Error('disk gone')),
  };
  const all = evidence([second.fullHash, first.fullHash]);
  const report = await promote({ ...request, parts: [second] }, createWorld(destinations, dying), all);
  t.is(report.outcome, 'done', report.message);
  t.regex(report.result?.debts.join() ?? '', /ledger could not be told/);
});

test('a pointer that was right when the plan was made, and moved since, is noticed', async (t) => {
  const disks = createDisks();
  await promoted(disks, first);
  for (const { name, digest } of second.containers) disks.rdo.pointers.set(`${name}:${label}`, digest);
  const world = createWorld(createDestinations(disks), createMemoryLedger());
  const all = evidence([second.fullHash, first.fullHash]);
  const { plan } = await promote({ ...request, parts: [second], dryRun: true }, world, all);
  if (plan === null) return t.fail();
  t.false(
    plan.moves.some(({ destination, pointer }) => destination === 'registry rdo' && pointer === `heat-api:${label}`),
  );
  disks.rdo.pointers.set(`heat-api:${label}`, 'sha256:elsewhere');
  const report = await applyReviewedPlan(plan, request, world, all);
  t.is(report.outcome, 'failed');
  t.regex(report.message, /somebody else moved a label: registry rdo: heat-api/);
});

test('one kind that cannot go back does not keep the others from it', async (t) => {
  const disks = createDisks();
  await promoted(disks, first);
  let broken = false;
  const destinations = createDestinations(disks, (when, write) => {
    if (when !== 'before') return;
    if (write === `repository ${label}`) broken = true;
    if (broken && write.startsWith('repository')) throw new Error('500');
  });
  const all = evidence([second.fullHash, first.fullHash]);
  const report = await promote({ ...request, parts: [second] }, createWorld(destinations, createMemoryLedger()), all);
  t.is(report.outcome, 'half-done', 'DLRN keeps previous-current-tripleo at what it was given');
  t.is(disks.rdo.pointers.get(`heat-api:${label}`), first.containers[0]?.digest);
  t.is(disks.public.pointers.get(label), first.fullHash);
});

test('what is to be mended is found under the lease', async (t) => {
  const disks = createDisks();
  await promoted(disks, first);
  disks.public.pointers.delete(label);
  const ledger = createMemoryLedger();
  const world = createWorld(createDestinations(disks), {
    ...ledger,
    acquire(keys) {
      t.is(keys.length, 8, 'every destination, the label and its previous');
      // The other one’s flip ends just before the lease is ours.
      for (const disk of [disks.rdo, disks.docker, disks.public]) disk.sets.set(second.fullHash, second);
      for (const disk of [disks.rdo, disks.docker]) {
        for (const { name, digest } of second.containers) disk.pointers.set(`${name}:${label}`, digest);
      }
      for (const disk of [disks.public, disks.repository]) disk.pointers.set(label, second.fullHash);
      return ledger.acquire(keys, 'me', 1);
    },
  });
  t.is((await reconcile(label, world)).outcome, 'nothing-to-do');
  t.is(disks.rdo.pointers.get(`heat-api:${label}`), second.containers[0]?.digest);
});

test('a label that names the hash already asks for no votes, and what drifted is brought back', async (t) => {
  const disks = createDisks();
  await promoted(disks, first);
  const world = createWorld(createDestinations(disks), createMemoryLedger());
  const silent: Evidence = { ...evidence([first.fullHash]), votes: () => Promise.resolve([]) };
  const again = { ...request, fullHash: first.fullHash };
  t.is((await promote(again, world, silent)).outcome, 'nothing-to-do');
  disks.public.pointers.delete(label);
  t.is((await promote({ ...again, dryRun: true }, world, silent)).outcome, 'planned');
  t.is((await promote(again, world, silent)).outcome, 'done');
  t.is(disks.public.pointers.get(label), first.fullHash);
});
