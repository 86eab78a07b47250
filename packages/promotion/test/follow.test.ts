import { parseTargetLabel, TagflowError } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { followLabel, promote, type PromoteRequest } from '../src/index.ts';
import { createMemoryEvidence } from './memory-evidence.ts';
import { createMemoryLedger, noPolicy } from './memory-ledger.ts';
import { createDestinations, createDisks, createSet, createWorld, type Tap } from './memory-world.ts';

const pinned = parseTargetLabel('tripleo-ci-testing');
const [first, second] = [createSet('a'), createSet('b')];
const evidence = createMemoryEvidence({ passed: () => false, history: () => [], unrecorded: ['consistent'] });

const request: PromoteRequest = {
  ...{ mode: 'pin', release: 'master', component: null, label: pinned, candidateLabel: null, criteria: 'none' },
  ...{ fullHash: first.fullHash, parts: [first], keepPrevious: false, configDigest: 'sha256:0', ...noPolicy },
  ...{ reason: null, actor: 'test', dryRun: false },
};

/** A world whose repository has the label at the first hash. */
async function bench(t: ExecutionContext, tap?: Tap) {
  const disks = createDisks();
  const ledger = createMemoryLedger();
  const pins = createDestinations(disks).filter(({ kind }) => kind === 'repository');
  t.is((await promote(request, createWorld(pins, ledger), evidence)).outcome, 'done');
  const world = createWorld(createDestinations(disks, tap), ledger);
  return { disks, ledger, world, moveTo: (hash: string) => disks.repository.pointers.set(pinned, hash) };
}

const tag = 'heat-api:tripleo-ci-testing';

test('containers and images follow the label, which stays', async (t) => {
  const writes: string[] = [];
  const { disks, ledger, world } = await bench(t, (when, write) => void (when === 'before' && writes.push(write)));
  const known = ledger.records.size;
  const report = await followLabel(request, world, evidence);
  t.is(report.outcome, 'done', report.message);
  t.is(report.message, '5 pointers of containers and images follow tripleo-ci-testing');
  t.is(disks.rdo.pointers.get(tag), first.containers[0]?.digest);
  t.is(disks.docker.pointers.get(tag), first.containers[0]?.digest);
  t.is(disks.public.pointers.get(pinned), first.fullHash);
  t.false(writes.some((write) => write.startsWith('repository')));
  t.is(ledger.records.size, known, 'nothing is left that somebody would have to resume');
  t.is((await followLabel(request, world, evidence)).outcome, 'nothing-to-do');
});

test('the label has moved on while it was built: nothing is staged, nothing follows', async (t) => {
  const { disks, world, moveTo } = await bench(t, (_, write) => t.fail(write));
  moveTo(second.fullHash);
  const report = await followLabel(request, world, evidence);
  t.is(report.outcome, 'nothing-to-do');
  t.is(
    report.message,
    `tripleo-ci-testing names ${second.fullHash} by now: its containers and images follow that, and not ${first.fullHash}`,
  );
  t.is(disks.rdo.pointers.size, 0);
});

test('the label moves while bytes are staged: it is seen before the first tag', async (t) => {
  const { disks, world } = await bench(t, (when, write) => {
    if (when === 'after' && write === 'images public stage') disks.repository.pointers.set(pinned, second.fullHash);
  });
  t.is((await followLabel(request, world, evidence)).outcome, 'nothing-to-do');
  t.deepEqual([disks.rdo.pointers.size, disks.public.pointers.size], [0, 0]);
});

test('somebody moves the label in the same moment: it is told', async (t) => {
  const { disks, world } = await bench(t, (when, write) => {
    if (when === 'after' && write === `images public ${pinned}`) disks.repository.pointers.set(pinned, second.fullHash);
  });
  const report = await followLabel(request, world, evidence);
  t.is(report.outcome, 'half-done');
  t.deepEqual(report.debts, [
    `tripleo-ci-testing: containers and images are at ${first.fullHash}, the repository is not`,
  ]);
});

test('somebody moves the label while tags are written: the link stays', async (t) => {
  const { disks, world } = await bench(t, (when, write) => {
    if (when === 'after' && write.startsWith('registry rdo heat'))
      disks.repository.pointers.set(pinned, second.fullHash);
  });
  const error = await t.throwsAsync(followLabel(request, world, evidence), { instanceOf: TagflowError });
  t.is(error.outcome, 'half-done');
  t.regex(error.message, new RegExp(`^4 of 5 pointers follow .*names ${second.fullHash} by now`));
  t.is(disks.public.pointers.get(pinned), undefined);
});

test('a write that fails is half done, and the same command goes on', async (t) => {
  let broken = true;
  const { disks, world } = await bench(t, (when, write) => {
    if (broken && when === 'before' && write.startsWith('registry docker nova')) throw new Error('503');
  });
  const error = await t.throwsAsync(followLabel(request, world, evidence), { instanceOf: TagflowError });
  t.like(error, { outcome: 'half-done', code: 'half-done' });
  t.regex(error.next ?? '', /The same command goes on/);
  t.is(error.message, '3 of 5 pointers follow tripleo-ci-testing: 503');
  broken = false;
  t.is((await followLabel(request, world, evidence)).outcome, 'done');
  t.is(disks.docker.pointers.get('nova-compute:tripleo-ci-testing'), first.containers[1]?.digest);
});

test('a dry run says what would follow, and a set that lacks a kind is refused', async (t) => {
  const { disks, world } = await bench(t);
  const planned = await followLabel({ ...request, dryRun: true }, world, evidence);
  t.like(planned, { outcome: 'planned', fullHash: first.fullHash });
  t.is(disks.rdo.pointers.size, 0);
  const partly = { ...request, parts: [{ ...first, images: [] }] };
  await t.throwsAsync(followLabel(partly, world, evidence), { message: /has no images, and an empty set/ });
});
