import test from 'ava';
import { type Destination, parseTargetLabel, type Plan, TagflowError } from '@tagflow/model';
import { applyPlan, type Evidence, promote, type PromoteRequest, readSet, resume } from '../src/index.ts';
import { createMemoryEvidence } from './memory-evidence.ts';
import { createMemoryLedger, noPolicy } from './memory-ledger.ts';
import { createDestinations, createDisks, createSet, createWorld, type Disks, label } from './memory-world.ts';

const [broken, good] = [createSet('a'), createSet('b')];
const criteria = { allOf: ['job'], informing: [] };

const request: PromoteRequest = {
  ...{
    mode: 'promote',
    release: 'master',
    component: null,
    label,
    candidateLabel: parseTargetLabel('tripleo-ci-testing'),
    criteria,
  },
  ...{
    fullHash: null,
    parts: [good],
    keepPrevious: true,
    configDigest: 'sha256:0',
    ...noPolicy,
    reason: null,
    actor: 'test',
  },
  dryRun: false,
};

/** Both hashes are candidates, and those that are given have their vote. */
function evidence(...passed: readonly string[]): Evidence {
  const known = [good.fullHash, broken.fullHash];
  const all = known.map((fullHash) => ({ fullHash, builds: [] }));
  return {
    ...createMemoryEvidence({ passed: (hash) => passed.includes(hash), history: () => known }),
    candidates: () => Promise.resolve({ known: all, newer: all }),
  };
}

/** Leaves the first promotion of a label as a killed process does: the tags moved, the repository not. */
async function interrupted(disks: Disks, ledger = createMemoryLedger()): Promise<typeof ledger> {
  const world = createWorld(createDestinations(disks), ledger);
  const asked = { ...request, parts: [broken], fullHash: broken.fullHash, dryRun: true };
  const { plan } = await promote(asked, world, evidence(broken.fullHash));
  await ledger.begin(plan as Plan);
  for (const move of plan?.moves ?? []) {
    if (move.kind === 'containers')
      disks[move.destination === 'registry rdo' ? 'rdo' : 'docker'].pointers.set(move.pointer, move.to);
  }
  return ledger;
}

/** The destinations with one whose verification does something else. */
function withVerify(disks: Disks, verify: Destination['verify']): readonly Destination[] {
  return createDestinations(disks).map((one) => (one.name === 'images public' ? { ...one, verify } : one));
}

test('an interrupted promotion that no longer holds is taken back, says why, and does not stop the next one', async (t) => {
  const disks = createDisks();
  const ledger = await interrupted(disks);
  const gone = withVerify(disks, (set) =>
    Promise.resolve(set.fullHash === broken.fullHash ? ['an image is gone'] : []),
  );
  const world = createWorld(gone, ledger);
  const ended = await resume(request, world, evidence(broken.fullHash));
  t.is(ended.outcome, 'done');
  t.regex(ended.message, /every label is where it was, read back: .* is not whole: images public: an image is gone/);
  t.is(ended.debts.length, 4, 'the new tags of two containers in two registries cannot be removed');
  t.deepEqual(await ledger.unfinished('master', label), []);

  const next = await promote(request, world, evidence(good.fullHash));
  t.is(next.outcome, 'done', next.message);
  t.is(disks.repository.pointers.get(label), good.fullHash);
  t.is(disks.rdo.pointers.get(`heat-api:${label}`), good.containers[0]?.digest);
});

test('a set that cannot be read now is no reason to go back: nothing is written, and it stays to be resumed', async (t) => {
  const disks = createDisks();
  const ledger = await interrupted(disks);
  const before = JSON.stringify(Object.values(disks).map(({ pointers }) => [...pointers]));
  const away = withVerify(disks, () => Promise.reject(new TagflowError('away', '503', { outcome: 'waiting' })));
  const unread = await resume(request, createWorld(away, ledger), evidence(broken.fullHash));
  t.is(unread.outcome, 'half-done', 'nobody can say that the kinds agree');
  t.regex(unread.message, /could not be ended: 503/);
  t.is(JSON.stringify(Object.values(disks).map(({ pointers }) => [...pointers])), before);
  t.is((await ledger.unfinished('master', label)).length, 1);

  const cancelled = new AbortController();
  const slow = withVerify(disks, () => {
    cancelled.abort(new Error('SIGTERM'));
    return Promise.reject(new Error('aborted'));
  });
  const world = createWorld(slow, ledger, cancelled.signal);
  const stopped = await resume(request, world, evidence(broken.fullHash));
  t.is(stopped.outcome, 'half-done');
  t.regex(stopped.message, /SIGTERM/);
  t.is(JSON.stringify(Object.values(disks).map(({ pointers }) => [...pointers])), before);

  const later = await resume(request, createWorld(createDestinations(disks), ledger), evidence(broken.fullHash));
  t.is(later.outcome, 'done');
  t.is(disks.repository.pointers.get(label), broken.fullHash);
});

test('a place that does not answer while a set is staged is something to wait for', async (t) => {
  const disks = createDisks();
  const destinations = createDestinations(disks);
  const asked = { ...request, dryRun: true };
  const { plan } = await promote(asked, createWorld(destinations, createMemoryLedger()), evidence(good.fullHash));
  const away = withVerify(disks, () =>
    Promise.reject(new TagflowError('away', '503', { outcome: 'waiting', next: 'Come back.' })),
  );
  const decideAgain = (): Promise<never> => Promise.reject(new Error('never asked'));
  const result = await applyPlan(plan as Plan, createWorld(away, createMemoryLedger()), decideAgain);
  t.is(result.outcome, 'waiting');
  t.is(result.message, 'nothing was moved: 503. Come back.');
});

test('a candidate label that never named a hash is an error, and not a label that has nothing new', async (t) => {
  const world = createWorld(createDestinations(createDisks()), createMemoryLedger());
  const empty = { ...evidence(), candidates: () => Promise.resolve({ known: [], newer: [] }) };
  await t.throwsAsync(promote(request, world, empty), {
    code: 'no-candidate',
    message: /the test knows no promotion to tripleo-ci-testing/,
  });
  const named = await promote({ ...request, fullHash: good.fullHash }, world, {
    ...empty,
    votes: evidence(good.fullHash).votes,
  });
  t.is(named.outcome, 'done', 'a hash that is given needs no candidates');
});

test('a set is joined from what every place says of it; where they contradict each other, the fuller one counts', async (t) => {
  const disks = createDisks();
  const destinations = createDestinations(disks);
  t.is(await readSet(destinations, good.fullHash), null);
  disks.rdo.sets.set(good.fullHash, { ...good, images: [] });
  disks.public.sets.set(good.fullHash, { ...good, containers: [] });
  t.deepEqual(await readSet(destinations, good.fullHash), good);
  t.is(await planOf(destinations), 2 * 2 + 1 + 1, 'and can be promoted');
  const [container] = broken.containers;
  disks.public.sets.set(good.fullHash, { ...good, containers: [container!] });
  t.deepEqual(await readSet(destinations, good.fullHash), { ...good, images: [] });
});

/** How many writes a promotion of the published set takes. */
async function planOf(destinations: readonly Destination[]): Promise<number> {
  const world = createWorld(destinations, createMemoryLedger());
  const { plan } = await promote({ ...request, parts: [], dryRun: true }, world, evidence(good.fullHash));
  return plan?.moves.length ?? 0;
}
