import test from 'ava';
import type { PromotionRecord } from '@tagflow/model';
import { explainHash, type HashRouteFacts, type Standing } from '../src/index.ts';
import { asked, candidateOf, facts, hashOf, holdOf, hour, now } from './explain-facts.ts';
import { createDestinations, createDisks, createSet, planFor } from './memory-world.ts';
import { votes } from './needs-questions.ts';

const hash = hashOf('1');
const { route, jobs } = facts();

/** What is known of a hash that was a candidate a while, and nothing else. */
function on(more: Partial<HashRouteFacts>): HashRouteFacts {
  return {
    ...{ route, jobs, current: hashOf('0'), promoted: null, isCandidate: true, isOlder: false, history: [] },
    candidate: candidateOf(asked('1')),
    ...more,
  };
}

const table: readonly { readonly facts: Partial<HashRouteFacts>; readonly standing: Standing; readonly why: RegExp }[] =
  [
    { facts: { current: hash, promoted: now }, standing: 'named-now', why: /^current-tripleo names it now$/ },
    { facts: { promoted: now - hour }, standing: 'left', why: /^it was moved on; now it names 0{40}_0{8}$/ },
    { facts: {}, standing: 'candidate', why: /^it is a candidate for current-tripleo$/ },
    { facts: { isOlder: true }, standing: 'older', why: /has something newer: 0{40}_0{8}$/ },
    {
      facts: { candidate: candidateOf(asked('1'), { obstacle: 'somebody left it' }) },
      standing: 'obstructed',
      why: /^somebody left it$/,
    },
    { facts: { isCandidate: false }, standing: 'never-candidate', why: /^tripleo-ci-testing never named it$/ },
    { facts: { isCandidate: null }, standing: 'not-candidate-now', why: /nobody remembers/ },
    { facts: { candidate: null }, standing: 'not-here', why: /^the repository does not have it$/ },
  ];

for (const row of table) {
  test(`a hash that is ${row.standing}`, (t) => {
    const [told] = explainHash({ fullHash: hash, release: 'master', now, routes: [on(row.facts)], votes: [] }).routes;
    t.is(told?.standing, row.standing);
    t.regex(told?.why ?? '', row.why);
    t.is(told?.candidate !== null, ['candidate', 'obstructed'].includes(row.standing));
  });
}

test('a candidate is told with its verdict, what it lacks and what holds it', (t) => {
  const of = asked('1', [['ovb', 'success']], { policy: [holdOf(hash)] });
  const routes = [on({ candidate: candidateOf(of) })];
  const [told] = explainHash({ fullHash: hash, release: 'master', now, routes, votes: [] }).routes;
  t.like(told?.candidate, { answer: 'waiting', jobs: { succeeded: 1, all: 3 } });
  t.deepEqual(
    told?.candidate?.lacking?.map(({ job }) => job),
    ['scenario', 'standalone'],
  );
  t.is(told?.candidate?.holds[0]?.owner, 'alice');
});

test('a hash that was rolled back from is told with who did it, where to and why', async (t) => {
  const plan = await planFor(createDestinations(createDisks()), createSet('a'));
  if (plan === null) return t.fail('no plan');
  const rollback: PromotionRecord = {
    ...{ id: 'p2', outcome: 'done', journal: [{ at: now - hour, step: 'finished', detail: '' }] },
    plan: { ...plan, mode: 'rollback', fromHash: hash, actor: 'alice', reason: 'it broke' },
  };
  const failed: PromotionRecord = { ...rollback, outcome: 'failed', plan: { ...rollback.plan, actor: 'bob' } };
  const routes = [on({ promoted: now - 9 * hour, history: [failed, rollback] })];
  const [told] = explainHash({ fullHash: hash, release: 'master', now, routes, votes: [] }).routes;
  t.deepEqual(told?.left, {
    at: now - hour,
    mode: 'rollback',
    actor: 'alice',
    reason: 'it broke',
    toHash: plan.toHash,
  });
});

test('votes are told by job: what failed, what runs, what succeeded at least once', (t) => {
  const rows = votes(['b', 'success'], ['b', 'failure'], ['c', 'running'], ['ovb', 'failure'], ['a', 'success']);
  const told = explainHash({ fullHash: hash, release: 'master', now, routes: [on({})], votes: rows }).votes;
  t.deepEqual(
    told.map(({ job, result, votes: count, owner }) => [job, result, count, owner]),
    [
      ['ovb', 'failure', 1, 'ovb-team'],
      ['c', 'running', 1, null],
      ['a', 'success', 1, null],
      ['b', 'success', 2, null],
    ],
  );
});
