import { type Clock, type Destination, type Lease, type Move, TagflowError } from '@tagflow/model';
import test from 'ava';
import { applyReviewedPlan, promote, resume } from '../src/index.ts';
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
import { label } from './memory-world.ts';

/** Two sets were promoted, and docker followed. */
async function settled(): Promise<FollowersWorld> {
  const bench = createFollowersWorld();
  for (const set of [first, second]) {
    const { outcome, message } = await promote(wanting(set), bench.world(), evidence);
    if (outcome !== 'done') throw new Error(message);
  }
  bench.writes.length = 0;
  bench.observed = 0;
  return bench;
}

/** The third set was promoted while docker was away. */
async function owing(): Promise<FollowersWorld> {
  const bench = await settled();
  bench.dockerIsUp = false;
  await promote(wanting(third), bench.world(), evidence);
  bench.writes.length = 0;
  return bench;
}

const nothingNew = wanting(third, { parts: [] });

test('a follower is brought to the new set after the label has moved, and previous before the label', async (t) => {
  const bench = await settled();
  const report = await promote(wanting(third), bench.world(), evidence);
  t.is(report.outcome, 'done');
  t.regex(report.message, /; followed by registry docker, 4 tags$/);
  t.deepEqual(report.debts, []);
  t.is(`${requiredSay(bench)} ${requiredSay(bench, previous)}`, 'c b');
  t.is(`${dockerSays(bench)} ${dockerSays(bench, previous)}`, 'c b');
  const flips = bench.writes.filter((write) => /repository current|docker .*:/.test(write));
  t.deepEqual(flips, [
    'repository current-tripleo',
    'registry docker heat-api:previous-current-tripleo',
    'registry docker nova-compute:previous-current-tripleo',
    'registry docker heat-api:current-tripleo',
    'registry docker nova-compute:current-tripleo',
  ]);
  t.is(bench.writes.filter((write) => write === 'registry docker stage').length, 2, 'ahead, and of previous');
  t.false(
    report.plan?.moves.some(({ destination }) => destination === 'registry docker'),
    'no part of the plan',
  );
});

test('a follower that is away fails nothing: the promotion is done, and what it misses is a debt', async (t) => {
  const bench = await settled();
  bench.dockerIsUp = false;
  const report = await promote(wanting(third), bench.world(), evidence);
  t.is(report.outcome, 'done');
  t.regex(report.message, /; owing: registry docker$/);
  t.deepEqual(report.debts, [
    `registry docker may owe current-tripleo → ${third.fullHash}: docker.io answered 503. Run promote-symlink again: every run pays first.`,
  ]);
  t.is(`${requiredSay(bench)} ${requiredSay(bench, previous)}`, 'c b');
  t.is(`${dockerSays(bench)} ${dockerSays(bench, previous)}`, 'b a');
  t.true(bench.warnings.some((text) => /registry docker may owe current-tripleo.*503/.test(text)));
});

test('a run with nothing new pays and is done; while nobody can pay it waits, and is never nothing-to-do', async (t) => {
  const bench = await owing();
  const early = await promote(nothingNew, bench.world(), evidence);
  t.is(early.outcome, 'waiting');
  t.regex(early.message, /all kinds agree: .*; registry docker may owe current-tripleo → .*: docker\.io answered 503$/);
  t.is(early.debts.length, 1);

  bench.dockerIsUp = true;
  const paid = await promote(nothingNew, bench.world(), evidence);
  t.is(paid.outcome, 'done');
  t.regex(paid.message, /; paid: registry docker, 4 tags$/);
  t.deepEqual(paid.debts, []);
  t.is(`${dockerSays(bench)} ${dockerSays(bench, previous)}`, 'c b');
  t.true(bench.disks.docker.sets.has(third.fullHash), 'its bytes and its set came first');

  bench.observed = 0;
  bench.writes.length = 0;
  t.is((await promote(nothingNew, bench.world(), evidence)).outcome, 'nothing-to-do');
  t.is(bench.observed, 2, 'once for the label, once for previous');
  t.deepEqual(bench.writes, []);
});

test('no candidate at all, and resume, pay as well', async (t) => {
  for (const run of [promote, resume]) {
    const bench = await owing();
    const again = () => run(request, bench.world(), evidence);
    t.is((await again()).outcome, 'waiting');
    bench.dockerIsUp = true;
    const { outcome, message } = await again();
    t.is(outcome, 'done', message);
    t.is(dockerSays(bench), 'c');
    t.is((await again()).outcome, 'nothing-to-do');
  }
});

test('the next promotion pays to the current set first, whatever it is that comes', async (t) => {
  const bench = await settled();
  bench.disks.docker.pointers.clear();
  const seen: string[] = [];
  bench.tap = (when, write) => {
    if (when === 'before' && /^registry (docker|rdo) heat-api:current/.test(write)) {
      seen.push(`${write.split(' ')[1]} while docker has ${dockerSays(bench)}`);
    }
  };
  const report = await promote(wanting(third), bench.world(), evidence);
  t.is(report.outcome, 'done');
  t.regex(report.message, /; paid: registry docker, 4 tags; followed by registry docker, 4 tags$/);
  t.deepEqual(seen, ['docker while docker has ', 'rdo while docker has b', 'docker while docker has b']);
  t.is(`${dockerSays(bench)} ${dockerSays(bench, previous)}`, 'c b');
});

test('a rollback does not wait for those that owe, and they follow it', async (t) => {
  const bench = await owing();
  const back = wanting(second, { mode: 'rollback', parts: [], criteria: 'none', reason: 'bug 1' });
  const report = await promote(back, bench.world(), evidence);
  t.is(report.outcome, 'done');
  t.is(report.debts.length, 1);
  t.is(`${requiredSay(bench)} ${requiredSay(bench, previous)}`, 'b a');
  bench.dockerIsUp = true;
  const later = await resume(request, bench.world(), evidence);
  t.is(later.outcome, 'nothing-to-do', 'docker never left the set that the label went back to');
  t.is(`${dockerSays(bench)} ${dockerSays(bench, previous)}`, 'b a');
});

test('a verdict keeps its outcome, and what was paid or is owed is told beside it', async (t) => {
  const bench = await owing();
  const older = wanting(first);
  const blocked = await promote(older, bench.world(), evidence);
  t.is(blocked.outcome, 'blocked');
  t.regex(blocked.message, /never moves a label backwards.*; owing: registry docker$/);
  t.is(blocked.debts.length, 1);
  bench.dockerIsUp = true;
  const paid = await promote(older, bench.world(), evidence);
  t.is(paid.outcome, 'blocked');
  t.regex(paid.message, /; paid: registry docker, 4 tags$/);
});

test('a dry run writes nothing, and says what followers owe and will write', async (t) => {
  const bench = await settled();
  bench.disks.docker.pointers.delete(`heat-api:${label}`);
  const quiet = await promote({ ...wanting(second, { parts: [] }), dryRun: true }, bench.world(), evidence);
  t.is(quiet.outcome, 'planned');
  t.regex(quiet.message, /; would pay: registry docker, 1 tag of current-tripleo$/);
  const planned = await promote(wanting(third, { dryRun: true }), bench.world(), evidence);
  t.is(planned.outcome, 'planned');
  t.true(
    planned.plan?.notes.includes(
      'registry docker (optional) follows: 2 tags of current-tripleo, 2 tags of previous-current-tripleo',
    ),
    planned.plan?.notes.join('\n'),
  );
  t.regex(planned.debts.join(), /^registry docker owes current-tripleo: 1 of 2 tags are not those of 6262/);
  bench.dockerIsUp = false;
  const blind = await promote(wanting(third, { dryRun: true }), bench.world(), evidence);
  t.true(blind.plan?.notes.some((note) => /^registry docker \(optional\) could not be read.*503$/.test(note)));
  t.is((await promote(wanting(second, { parts: [], dryRun: true }), bench.world(), evidence)).outcome, 'waiting');
  t.deepEqual(bench.writes, []);

  // The plan was made for the required ones; applying it takes the followers along.
  bench.dockerIsUp = true;
  const applied = await applyReviewedPlan(planned.plan!, wanting(third), bench.world(), evidence);
  t.is(applied.outcome, 'done', applied.message);
  t.is(dockerSays(bench), 'c');
});

test('what fails in the middle stays owed as far as it is open, and previous stops no label', async (t) => {
  const bench = await settled();
  bench.tap = (when, write) => {
    if (when === 'before' && /docker (nova-compute:previous|nova-compute:current)/.test(write)) {
      throw new TagflowError('denied', '403 for nova-compute', { next: 'Ask its owner.' });
    }
  };
  const report = await promote(wanting(third), bench.world(), evidence);
  t.is(report.outcome, 'done');
  t.deepEqual(report.debts, [
    `registry docker owes previous-current-tripleo: 1 of 2 tags are not those of ${second.fullHash}: 403 for nova-compute. Ask its owner. Run promote-symlink again: every run pays first.`,
    `registry docker owes current-tripleo: 1 of 2 tags are not those of ${third.fullHash}: 403 for nova-compute. Ask its owner. Run promote-symlink again: every run pays first.`,
  ]);
});

test('bytes that do not arrive whole, and a set that nobody published, are debts; no tag moves', async (t) => {
  const bench = await owing();
  bench.dockerIsUp = true;
  const spoiled = bench.world();
  const verify: Destination['verify'] = () => Promise.resolve(['heat-api is cut short']);
  const world = { ...spoiled, followers: spoiled.followers.map((docker) => ({ ...docker, verify })) };
  const report = await promote(nothingNew, world, evidence);
  t.is(report.outcome, 'waiting');
  t.regex(report.message, /owes current-tripleo: 2 of 2 tags .*: not whole there: heat-api is cut short/);
  t.is(dockerSays(bench), 'b');

  for (const disk of [bench.disks.rdo, bench.disks.public]) disk.sets.delete(third.fullHash);
  const unknown = await promote(request, bench.world(), evidence);
  t.is(unknown.outcome, 'waiting');
  t.regex(unknown.message, /may owe current-tripleo → .*: no set\.json is published for 6363/);
  t.is(dockerSays(bench), 'b');
});

test('who does not get the lease pays nothing, and says who holds it', async (t) => {
  const bench = await owing();
  bench.dockerIsUp = true;
  const keys: (readonly string[])[] = [];
  const acquire = (asked: readonly string[]): Promise<Lease> => {
    keys.push(asked);
    return Promise.reject(new TagflowError('held', 'held by somebody', { outcome: 'waiting' }));
  };
  const report = await promote(nothingNew, { ...bench.world(), ledger: { ...bench.ledger, acquire } }, evidence);
  t.is(report.outcome, 'waiting');
  t.regex(report.message, /registry docker owes current-tripleo: 2 of 2 tags .*: held by somebody/);
  t.true(keys[0]?.includes('registry docker:current-tripleo'));
  t.deepEqual(bench.writes, []);
});

test('a lease that was lost writes no further tag', async (t) => {
  const bench = await owing();
  bench.dockerIsUp = true;
  let checks = 0;
  const lease: Lease = {
    check: () => ((checks += 1) > 1 ? Promise.reject(new Error('the lease is lost')) : Promise.resolve(0)),
    release: () => Promise.resolve(),
  };
  const ledger = { ...bench.ledger, acquire: () => Promise.resolve(lease) };
  const world = bench.world();
  // Time goes on between two writes, so that each of them asks.
  let now = world.clock.now();
  const sleep = (_ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('told to stop'))));
  const clock: Clock = { sleep, now: () => (now += 1000) };
  const report = await promote(nothingNew, { ...world, clock, ledger }, evidence);
  t.is(report.outcome, 'waiting');
  t.is(bench.writes.filter((write) => /docker .*:/.test(write)).length, 1);
});

test('a cancelled job starts nothing new: neither a payment nor what comes after it', async (t) => {
  const bench = await owing();
  bench.dockerIsUp = true;
  const cancelled = new AbortController();
  bench.tap = (when, write) => {
    if (when === 'before' && write === 'registry docker stage') cancelled.abort(new Error('SIGTERM'));
  };
  await t.throwsAsync(promote(nothingNew, bench.world(cancelled.signal), evidence), { message: 'SIGTERM' });
  t.false(
    bench.writes.some((write) => /:/.test(write)),
    bench.writes.join(),
  );

  // In the middle of the flip: the required ones are finished, the follower is not begun.
  const other = await settled();
  const late = new AbortController();
  other.tap = (_when, write) => {
    if (write === 'registry rdo heat-api:current-tripleo') late.abort(new Error('SIGTERM'));
  };
  const report = await promote(wanting(third), other.world(late.signal), evidence);
  t.is(report.outcome, 'done');
  t.is(requiredSay(other), 'c');
  t.is(dockerSays(other), 'b');
  t.regex(report.debts.join(), /registry docker may owe current-tripleo.*SIGTERM/);
});

test('a plan that was interrupted while docker was required can be ended when it is optional', async (t) => {
  const bench = await settled();
  const { plan } = await promote(wanting(third, { dryRun: true }), bench.world(), evidence);
  const docker = third.containers.map(({ name, digest }): Move => ({
    ...{ destination: 'registry docker', kind: 'containers', label, pointer: `${name}:${label}` },
    ...{ from: bench.disks.docker.pointers.get(`${name}:${label}`) ?? null, to: digest },
  }));
  await bench.ledger.begin({ ...plan!, moves: [...docker, ...plan!.moves] });
  bench.dockerIsUp = false;
  const ended = await resume(request, bench.world(), evidence);
  t.is(ended.outcome, 'done', ended.message);
  t.is(requiredSay(bench), 'c');
  t.deepEqual(await bench.ledger.unfinished('master', label), []);
});
