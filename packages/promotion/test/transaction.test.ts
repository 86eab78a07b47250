import test from 'ava';
import { type Plan, previousOf } from '@tagflow/model';
import { applyPlan, PromotionError, reconcile, resumePlan } from '../src/index.ts';
import { createMemoryLedger } from './memory-ledger.ts';
import {
  Crash,
  createDestinations,
  createDisks,
  createSet,
  createWorld,
  type Disks,
  label,
  planFor,
  yes,
} from './memory-world.ts';

const [oldest, old, fresh] = [createSet('a'), createSet('b'), createSet('c')];

async function promote(disks: Disks, set: typeof fresh): Promise<void> {
  const world = createWorld(createDestinations(disks), createMemoryLedger());
  const plan = await planFor(world.destinations, set);
  if (plan !== null) await applyPlan(plan, world, () => Promise.resolve(yes(set)));
}

async function settled(): Promise<Disks> {
  const disks = createDisks();
  await promote(disks, oldest);
  await promote(disks, old);
  return disks;
}

/** The hash that each kind of a label names, as a reader would find it. */
function kinds(disks: Disks, name = label): ReadonlySet<string> {
  const seen = new Set<string>();
  const hashOf = new Map([oldest, old, fresh].map((set) => [set.containers[0]?.digest as string, set.fullHash]));
  for (const disk of [disks.rdo, disks.docker]) {
    for (const [pointer, value] of disk.pointers) {
      if (pointer.endsWith(`:${name}`)) seen.add(hashOf.get(value) ?? value);
    }
  }
  for (const disk of [disks.public, disks.repository]) seen.add(disk.pointers.get(name) ?? 'none');
  return seen;
}

test('a promotion moves every kind to one set, keeps the one before, and makes a statement', async (t) => {
  const disks = await settled();
  const world = createWorld(createDestinations(disks), createMemoryLedger());
  const plan = await planFor(world.destinations, fresh);
  t.truthy(plan);
  t.is(plan?.moves.at(-1)?.pointer, label);
  t.is(plan?.moves.at(-1)?.kind, 'repository');
  const result = await applyPlan(plan as Plan, world, () => Promise.resolve(yes(fresh)));
  t.is(result.outcome, 'done');
  t.deepEqual([...kinds(disks)], [fresh.fullHash]);
  t.deepEqual([...kinds(disks, previousOf(label) as typeof label)], [old.fullHash]);
  t.regex(result.statement ?? '', /in-toto\.io\/Statement\/v1/);
  t.is(await planFor(world.destinations, fresh), null, 'the same promotion again has nothing to do');
});

test('a kill before or after any write, then resume with the ledger: all kinds on one set', async (t) => {
  let points = 0;
  for (const when of ['before', 'after'] as const) {
    for (let write = 1; ; write += 1) {
      const disks = await settled();
      const ledger = createMemoryLedger();
      let count = 0;
      let crashed = false;
      const dying = createDestinations(disks, (at) => {
        if (crashed) throw new Crash('dead');
        if (at !== when) return;
        count += 1;
        if (count === write) {
          crashed = true;
          throw new Crash('killed');
        }
      });
      const plan = (await planFor(dying, fresh)) as Plan;
      // A killed process neither undoes nor records: its destinations and its ledger are dead from here on.
      const dead = { ...ledger, finish: () => Promise.resolve() };
      await applyPlan(plan, createWorld(dying, dead), () => Promise.resolve(yes(fresh)));
      if (!crashed) break;
      points += 1;
      const world = createWorld(createDestinations(disks), ledger);
      const [open] = await ledger.unfinished('master', label);
      t.truthy(open);
      const result = await resumePlan(open?.id ?? '', open?.plan as Plan, world, () => Promise.resolve(yes(fresh)));
      t.true(['done', 'failed'].includes(`${result?.outcome}`), `${when} write ${write}: ${result?.message}`);
      t.is(kinds(disks).size, 1, `${when} write ${write}: ${[...kinds(disks)].join()}`);
      t.is(kinds(disks, previousOf(label) as typeof label).size, 1);
      t.deepEqual(await ledger.unfinished('master', label), []);
    }
  }
  t.true(points >= 20, `${points} crash points`);
});

test('the same with the ledger gone: the repository’s label decides', async (t) => {
  for (let write = 1; ; write += 1) {
    const disks = await settled();
    let count = 0;
    let crashed = false;
    const dying = createDestinations(disks, (at) => {
      if (crashed) throw new Crash('dead');
      if (at === 'after' && (count += 1) === write) {
        crashed = true;
        throw new Crash('killed');
      }
    });
    const plan = (await planFor(dying, fresh)) as Plan;
    await applyPlan(plan, createWorld(dying, createMemoryLedger()), () => Promise.resolve(yes(fresh)));
    if (!crashed) break;
    const result = await reconcile(label, createWorld(createDestinations(disks), createMemoryLedger()));
    t.true(['done', 'nothing-to-do'].includes(result.outcome), `write ${write}: ${result.message}`);
    t.deepEqual([...kinds(disks)], [disks.repository.pointers.get(label) ?? '']);
  }
});

test('a write that fails before the commit point takes everything back', async (t) => {
  const disks = await settled();
  const before = [...kinds(disks)];
  let failed = false;
  const failing = createDestinations(disks, (when, write) => {
    if (when === 'before' && write === 'images public current-tripleo' && !failed) {
      failed = true;
      throw new Error('disk full');
    }
  });
  const result = await applyPlan(
    (await planFor(failing, fresh)) as Plan,
    createWorld(failing, createMemoryLedger()),
    () => Promise.resolve(yes(fresh)),
  );
  t.is(result.outcome, 'failed');
  t.regex(result.message, /every label is where it was.*disk full/);
  t.deepEqual([...kinds(disks)], before);
  t.deepEqual([...kinds(disks, previousOf(label) as typeof label)], [oldest.fullHash]);
});

test('a first promotion that fails removes what it can and names what stays', async (t) => {
  const disks = createDisks();
  const failing = createDestinations(disks, (when, write) => {
    if (when === 'before' && write === 'repository current-tripleo') throw new Error('403');
  });
  const plan = (await planFor(failing, fresh)) as Plan;
  t.true(plan.notes.some((note) => /cannot be removed again/.test(note)));
  const result = await applyPlan(plan, createWorld(failing, createMemoryLedger()), () => Promise.resolve(yes(fresh)));
  t.is(result.outcome, 'half-done');
  t.is(disks.public.pointers.get(label), undefined);
  t.is(result.debts.length, 4, 'two containers in two registries');
});

test('nothing is written when the verdict, the world or the set changed', async (t) => {
  const refusals = [
    { name: 'verdict says no', decide: () => ({ ...yes(fresh), answer: 'no' as const }), outcome: 'blocked' },
    { name: 'verdict waits', decide: () => ({ ...yes(fresh), answer: 'waiting' as const }), outcome: 'waiting' },
    { name: 'criteria differ', decide: () => ({ ...yes(fresh), criteriaDigest: 'sha256:d' }), outcome: 'failed' },
  ];
  for (const { name, decide, outcome } of refusals) {
    const disks = await settled();
    const world = createWorld(createDestinations(disks), createMemoryLedger());
    const result = await applyPlan((await planFor(world.destinations, fresh)) as Plan, world, () =>
      Promise.resolve(decide()),
    );
    t.is(result.outcome, outcome as typeof result.outcome, name);
    t.deepEqual([...kinds(disks)], [old.fullHash], name);
  }
  const disks = await settled();
  const world = createWorld(createDestinations(disks), createMemoryLedger());
  const plan = (await planFor(world.destinations, fresh)) as Plan;
  disks.docker.pointers.set(`heat-api:${label}`, 'sha256:elsewhere');
  const result = await applyPlan(plan, world, () => Promise.resolve(yes(fresh)));
  t.is(result.outcome, 'failed');
  t.regex(result.message, /somebody else moved a label: registry docker: heat-api:current-tripleo/);
  t.is(disks.rdo.pointers.get(`heat-api:${label}`), old.containers[0]?.digest);
});

test('an abort before the flip stops it, an abort inside the flip does not', async (t) => {
  const early = new AbortController();
  const disks = await settled();
  const stopped = createDestinations(disks, (_when, write) => {
    if (write === 'registry rdo stage') early.abort(new Error('SIGTERM'));
  });
  const first = await applyPlan(
    (await planFor(stopped, fresh)) as Plan,
    createWorld(stopped, createMemoryLedger(), early.signal),
    () => Promise.resolve(yes(fresh)),
  );
  t.is(first.outcome, 'failed');
  t.deepEqual([...kinds(disks)], [old.fullHash]);
  const late = new AbortController();
  const finished = createDestinations(disks, (_when, write) => {
    if (write.startsWith('registry rdo heat-api:current')) late.abort(new Error('SIGTERM'));
  });
  const second = await applyPlan(
    (await planFor(finished, fresh)) as Plan,
    createWorld(finished, createMemoryLedger(), late.signal),
    () => Promise.resolve(yes(fresh)),
  );
  t.is(second.outcome, 'done');
  t.deepEqual([...kinds(disks)], [fresh.fullHash]);
});

test('a plan for unknown destinations, or without one repository, is refused as invalid', async (t) => {
  const disks = await settled();
  const destinations = createDestinations(disks);
  const withoutRepository = destinations.filter((one) => one.kind !== 'repository');
  const error = await t.throwsAsync(planFor(withoutRepository, fresh), { instanceOf: PromotionError });
  t.is(error?.outcome, 'invalid');
  const plan = (await planFor(destinations, fresh)) as Plan;
  const fewer = createWorld(
    destinations.filter((one) => one.name !== 'registry docker'),
    createMemoryLedger(),
  );
  const result = await applyPlan(plan, fewer, () => Promise.resolve(yes(fresh)));
  t.is(result.outcome, 'failed');
  t.regex(result.message, /"registry docker", which is not configured here/);
  t.deepEqual([...kinds(disks)], [old.fullHash]);
});
