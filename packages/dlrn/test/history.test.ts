import test from 'ava';
import { parseAggregateHash, parseCommitBuild, type FullHash, parseFullHash, type Vote } from '@tagflow/model';
import { candidatesBefore } from '../src/candidates.ts';
import { predecessorOf } from '../src/naming.ts';
import { createGrouping, type PromotedSet, type Promotion } from '../src/promotions.ts';
import { dropStaleRunning } from '../src/votes.ts';

const commitOf = (digit: string): string => digit.repeat(40);

function row(
  digit: string,
  facts: { component?: string; aggregate?: string; timestamp?: number; user?: string } = {},
): Promotion {
  const { component = null, aggregate = null, timestamp = 100, user = 'ciuser' } = facts;
  const build = parseCommitBuild({ commit_hash: commitOf(digit), distro_hash: commitOf('d'), component });
  const aggregateHash = aggregate === null ? null : parseAggregateHash(aggregate.repeat(32), 'row');
  return { label: 'l', build, aggregateHash, repoUrl: null, timestamp, user };
}

const grouped = (rows: readonly (Promotion | null)[], byCommit = false): readonly string[] => {
  const grouping = createGrouping(byCommit);
  const sets = [...rows.flatMap((one) => grouping.add(one)), ...grouping.end()];
  return sets.map((set) => `${set.fullHash.slice(0, 2)}×${set.promotions.length}`);
};

test('rows of a label become sets', (t) => {
  const batch = (aggregate: string, timestamp: number): Promotion[] => [
    row('1', { component: 'c', aggregate, timestamp }),
    row('2', { component: 'b', timestamp }),
    row('3', { component: 'a', timestamp: timestamp - 1 }),
  ];
  t.deepEqual(grouped([]), []);
  t.deepEqual(grouped([row('1'), row('2'), row('1')]), ['11×1', '22×1', '11×1'], 'classic: each row');
  t.deepEqual(grouped([...batch('a', 200), ...batch('b', 200), ...batch('c', 100)]), ['aa×3', 'bb×3', 'cc×3']);
  t.deepEqual(grouped(batch('a', 200), true), ['11×1', '22×1', '33×1'], 'of a component: by commit');
  t.deepEqual(grouped([row('9', { component: 'a' }), ...batch('a', 100)]), ['aa×3'], 'a row without its batch');
  t.deepEqual(grouped([...batch('a', 200), row('9', { component: 'z', timestamp: 100 })]), ['aa×3'], 'much older');
  t.deepEqual(grouped([...batch('a', 200), row('9', { component: 'z', timestamp: 199, user: 'other' })]), ['aa×3']);
});

test('what only looks like a batch is none', (t) => {
  const batch = (facts: { timestamp: number; user?: string }): Promotion[] => [
    row('1', { component: 'b', aggregate: 'a', ...facts }),
    row('2', { component: 'a', ...facts }),
  ];
  const alone = row('3', { component: 'a', aggregate: 'b', timestamp: 200 });
  t.deepEqual(grouped([alone, ...batch({ timestamp: 200 })]), ['bb×1', 'aa×2'], 'a component promoted alone, after');
  t.deepEqual(grouped([...batch({ timestamp: 200 }), alone]), ['aa×2', 'bb×1'], 'and before');
  const orphan = row('9', { component: 'a', timestamp: 200 });
  t.deepEqual(grouped([...batch({ timestamp: 200 }), orphan]), ['aa×2'], 'a second build of a component');
  t.deepEqual(grouped([...batch({ timestamp: 200 }), null, orphan]), ['aa×2'], 'after a row of an old form');
  const [last, first] = batch({ timestamp: 200 });
  const stranger = batch({ timestamp: 200, user: 'other' })[0];
  t.deepEqual(grouped([last, stranger, first].filter((one) => one !== undefined)), ['aa×1', 'aa×1'], 'two at once');
  const later = row('4', { component: 'c', timestamp: 5000 });
  t.deepEqual(grouped([...batch({ timestamp: 200 }), later]), ['aa×2'], 'a clock that was set back an hour');
  t.deepEqual(
    grouped([row('4'), ...batch({ timestamp: 200 }), row('5')]),
    ['44×1', 'aa×2', '55×1'],
    'a change of mode',
  );
});

test('a set is told as soon as it is whole', (t) => {
  const grouping = createGrouping(false);
  t.is(grouping.add(row('1')).length, 1, 'a build at once');
  t.is(grouping.add(row('1', { component: 'b', aggregate: 'a' })).length, 0);
  t.is(grouping.add(row('2', { component: 'a' })).length, 0);
  t.is(grouping.add(row('1', { component: 'b', aggregate: 'b' }))[0]?.promotions.length, 2, 'a batch with the next');
  t.is(grouping.end().length, 1);
  t.is(grouping.end().length, 0);
});

const set = (digit: string, timestamp = 0): PromotedSet => ({
  fullHash: parseFullHash(digit.repeat(32)),
  promotions: [],
  timestamp,
});
const names = (sets: readonly PromotedSet[]): string => sets.map((one) => one.fullHash[0]).join('');

test('candidates stand before what the target names', (t) => {
  const history = [set('c'), set('b'), set('c'), set('a')];
  t.is(names(candidatesBefore(history, null, 0)), 'cba', 'a target that names nothing yet');
  t.is(names(candidatesBefore(history, set('b').fullHash, 0)), 'c');
  t.is(names(candidatesBefore(history, set('c').fullHash, 0)), '', 'promoted already');
  t.is(names(candidatesBefore(history, set('a').fullHash, 0)), 'cb');
  t.is(names(candidatesBefore([], set('a').fullHash, 0)), '');
});

test('a target that never was a candidate is not followed by an older one', (t) => {
  const history = [set('c', 30), set('b', 20), set('a', 10)];
  t.is(names(candidatesBefore(history, set('f').fullHash, 20)), 'c');
  t.is(names(candidatesBefore(history, set('f').fullHash, 40)), '');
});

test('what a label named before is what stands before the oldest mention', (t) => {
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((digit) => parseFullHash(digit.repeat(32))) as [
    FullHash,
    FullHash,
    FullHash,
    FullHash,
  ];
  const cases: readonly (readonly [string, readonly FullHash[], FullHash | null])[] = [
    ['the one before', [c, b, a], a],
    ['promoted twice', [c, b, b, a], a],
    ['gone back to before', [b, c, b, a], a],
    ['never the one that is left', [c, b, c, a], a],
    ['longer ago than is known', [c, b], null],
    ['unknown', [c, a], null],
    ['further back', [d, c, b, a], a],
  ];
  for (const [what, history, expected] of cases) t.is(predecessorOf(b, history, c), expected, what);
});

test('a running row ends with the result, whatever its time says', (t) => {
  const vote = (job: string, result: Vote['result'], timestamp: number): Vote => ({
    job,
    result,
    timestamp,
    url: '',
    notes: null,
    user: null,
  });
  const votes = [vote('a', 'running', 900), vote('a', 'failure', 5), vote('b', 'running', 1)];
  t.deepEqual(dropStaleRunning(votes), votes.slice(1));
});
