import { TagflowError } from '@tagflow/model';
import test from 'ava';
import * as fc from 'fast-check';
import { applyReviewedPlan, findDebt, formatDebt, promote, refuseOwing, resume } from '../src/index.ts';
import {
  createFollowersWorld,
  dockerSays,
  evidence,
  first,
  type FollowersWorld,
  previous,
  request,
  requiredSay,
  second,
  third,
  wanting,
} from './followers-world.ts';
import { Crash, label } from './memory-world.ts';

const rollback = wanting(first, { mode: 'rollback', parts: [], criteria: 'none', reason: 'bug' });

/** What may be asked for, over and over. */
const runs = {
  'promote a': (bench: FollowersWorld) => promote(wanting(first), bench.world(), evidence),
  'promote b': (bench: FollowersWorld) => promote(wanting(second), bench.world(), evidence),
  'promote c': (bench: FollowersWorld) => promote(wanting(third), bench.world(), evidence),
  'promote what is new': (bench: FollowersWorld) => promote({ ...request, parts: [third] }, bench.world(), evidence),
  'roll back': (bench: FollowersWorld) => promote(rollback, bench.world(), evidence),
  resume: (bench: FollowersWorld) => resume(request, bench.world(), evidence),
};

const step = fc.record({
  run: fc.constantFrom(...(Object.keys(runs) as (keyof typeof runs)[])),
  dockerIsUp: fc.boolean(),
  /** The process dies before its write of this number; null: it lives. */
  dies: fc.option(fc.integer({ min: 1, max: 14 }), { freq: 2 }),
});

test('whatever happens, followers never hold anything up, and are in order when they are there again', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      const bench = createFollowersWorld();
      await promote(wanting(first), bench.world(), evidence);
      for (const { run, dockerIsUp, dies } of steps) {
        bench.dockerIsUp = dockerIsUp;
        let [writes, dead] = [0, false];
        bench.tap = (when) => {
          if (when === 'before') writes += 1;
          dead ||= writes === dies;
          if (dead) throw new Crash('killed');
        };
        const live = bench.ledger.finish;
        if (dies !== null) bench.ledger.finish = (id, outcome) => (dead ? Promise.resolve() : live(id, outcome));
        const ended = await runs[run](bench).catch((error: unknown) => {
          if (!(error instanceof TagflowError || error instanceof Crash)) throw error;
          return null;
        });
        bench.ledger.finish = live;
        bench.tap = () => undefined;
        if (dead || ended === null) continue;
        t.regex(requiredSay(bench), /^[abc]$/, `required places differ after ${run}: ${ended.message}`);
        if (ended.outcome === 'nothing-to-do') t.is(dockerSays(bench), requiredSay(bench));
        if (dockerIsUp && ended.outcome === 'done') t.deepEqual(ended.debts, []);
        if (dockerSays(bench) !== requiredSay(bench)) t.not(ended.debts.length, 0);
      }
      bench.dockerIsUp = true;
      const last = await resume(request, bench.world(), evidence);
      t.true(['done', 'nothing-to-do'].includes(last.outcome), last.message);
      t.deepEqual(last.debts, []);
      t.is(dockerSays(bench), requiredSay(bench));
      t.is(dockerSays(bench, previous), requiredSay(bench, previous));
    }),
    { numRuns: 300 },
  );
});

test('killed before or after any write of a payment: the next run finds what is open and pays it', async (t) => {
  let points = 0;
  for (const moment of ['before', 'after'] as const) {
    for (let at = 1; ; at += 1) {
      const bench = createFollowersWorld();
      for (const set of [first, second]) await promote(wanting(set), bench.world(), evidence);
      bench.disks.docker.pointers.clear();
      bench.disks.docker.sets.clear();
      let [writes, dead] = [0, false];
      bench.tap = (when) => {
        if (when === moment && !dead) dead = (writes += 1) === at;
        if (dead) throw new Crash('killed');
      };
      await promote(wanting(second), bench.world(), evidence);
      bench.tap = () => undefined;
      if (!dead) break;
      points += 1;
      const next = await promote(wanting(second), bench.world(), evidence);
      t.true(['done', 'nothing-to-do'].includes(next.outcome), next.message);
      t.is(`${dockerSays(bench)} ${dockerSays(bench, previous)}`, 'b a');
    }
  }
  t.is(points, 12, 'two stagings and four tags');
});

test('what a place owes is found with its own set, and with what others know', async (t) => {
  const bench = createFollowersWorld();
  const { destinations, followers } = bench.world();
  const [docker, rdo, repository] = [followers[0]!, destinations[0]!, destinations.at(-1)!];
  t.is(await findDebt(label, repository, docker), null, 'there is no such label');

  await promote(wanting(second), bench.world(), evidence);
  t.is(await findDebt(label, repository, docker), null);
  bench.disks.docker.pointers.delete(`heat-api:${label}`);
  const debt = await findDebt(label, repository, docker);
  t.is(
    debt && formatDebt(debt),
    `registry docker owes current-tripleo: 1 of 2 tags are not those of ${second.fullHash}`,
  );
  t.deepEqual(
    debt?.moves?.map(({ pointer }) => pointer),
    [`heat-api:${label}`],
  );

  bench.disks.docker.sets.clear();
  const never = await findDebt(label, repository, docker);
  t.regex(never?.why ?? '', /^no set\.json is published/);
  t.is((await findDebt(label, repository, docker, [rdo]))?.moves?.length, 1);
  const away = { ...rdo, readSet: () => Promise.reject(new Error('away')) };
  t.is((await findDebt(label, repository, docker, [away]))?.moves, null);
  bench.dockerIsUp = false;
  t.is((await findDebt(label, repository, docker, [rdo]))?.why, 'docker.io answered 503');
});

test('a phase does not read from a place that owes, and does when it has paid', async (t) => {
  const bench = createFollowersWorld();
  for (const set of [first, second]) await promote(wanting(set), bench.world(), evidence);
  bench.disks.docker.pointers.set(`heat-api:${label}`, 'sha256:0');
  const world = bench.world();
  const repository = world.destinations.at(-1)!;
  const source = { destination: world.followers[0]!, label, phase: 'upstream', knowing: [world.destinations[0]!] };
  const words = {
    code: 'owing',
    outcome: 'waiting',
    message: `registry docker owes current-tripleo: 1 of 2 tags are not those of ${second.fullHash}`,
    next: 'Pay first: promote-symlink for phase upstream.',
  };
  const error = await t.throwsAsync(refuseOwing(source, repository), { instanceOf: TagflowError });
  t.like(error, words);

  // The next phase is played by the same label here; its own followers are not the point.
  const next = { ...world, followers: [], source };
  t.like(await t.throwsAsync(promote(wanting(third), next, evidence)), words);
  t.like(await t.throwsAsync(promote(wanting(third, { dryRun: true }), next, evidence)), words);
  t.is((await promote(wanting(second), next, evidence)).outcome, 'nothing-to-do', 'nothing would be read');
  t.is((await promote({ ...rollback, dryRun: true }, next, evidence)).outcome, 'planned', 'a rollback does not wait');

  bench.disks.docker.pointers.set(`heat-api:${label}`, second.containers[0]?.digest ?? '');
  const { plan } = await promote(wanting(third, { dryRun: true }), next, evidence);
  bench.disks.docker.pointers.delete(`heat-api:${label}`);
  t.like(await t.throwsAsync(applyReviewedPlan(plan!, wanting(third), next, evidence)), words);
  bench.disks.docker.pointers.set(`heat-api:${label}`, second.containers[0]?.digest ?? '');
  t.is((await applyReviewedPlan(plan!, wanting(third), next, evidence)).outcome, 'done');
});
