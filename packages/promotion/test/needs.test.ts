import test from 'ava';
import fc from 'fast-check';
import { decide, jobsOf, type LackingResult, type Question, smallestResults, withResults } from '../src/index.ts';
import { hash, question, questions, votes, waiver } from './needs-questions.ts';

const answer = (asked: Question): string => decide(asked).answer;

/** Five successes of every job that these questions know, and of some that their patterns mean. */
const everything = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7', 'p8', 'q0', 'q1', 'q2', 'q3', 'other'].flatMap(
  (job) => Array.from({ length: 5 }, () => ({ job, matching: null })),
);

test('the smallest set makes the answer yes, and none of it can be taken away', (t) => {
  const seen = { yes: 0, some: 0, none: 0, several: 0 };
  fc.assert(
    fc.property(questions({ patterns: true }), (asked) => {
      const results = smallestResults(asked);
      seen[results === null ? 'none' : results.length === 0 ? 'yes' : results.length === 1 ? 'some' : 'several'] += 1;
      if (results === null) {
        if (answer(withResults(asked, everything)) === 'yes') throw new Error('null, and results would help');
        return;
      }
      fc.pre(results.length <= 12);
      if (answer(withResults(asked, results)) !== 'yes') throw new Error(`not enough: ${JSON.stringify(results)}`);
      for (const [index] of results.entries()) {
        const others = results.toSpliced(index, 1);
        if (answer(withResults(asked, others)) === 'yes')
          throw new Error(`${index} of ${JSON.stringify(results)} is one too many`);
      }
    }),
    { numRuns: 600 },
  );
  t.true(seen.yes > 5 && seen.some > 50 && seen.several > 50, JSON.stringify(seen));
});

test('no smaller set would do, where jobs are named and each of them once', (t) => {
  let compared = 0;
  fc.assert(
    fc.property(questions({ patterns: false }), (asked) => {
      const results = smallestResults(asked);
      const size = results === null ? 5 : results.length;
      fc.pre(size > 0 && size <= 5);
      compared += 1;
      for (const one of sets(everyJob(asked), size - 1))
        if (answer(withResults(asked, one)) === 'yes') throw new Error(`${JSON.stringify(one)} is smaller`);
    }),
    { numRuns: 300 },
  );
  t.true(compared > 200, `${compared}`);
});

/** Every result that could help: the jobs that are named or waived, and two more. */
function everyJob({ criteria, policy }: Question): readonly LackingResult[] {
  const waived = policy.flatMap((entry) => (entry.kind === 'waiver' ? [entry.job] : []));
  const names = [...new Set([...jobsOf(criteria).names, ...waived])];
  return [...names, null, null].map((job) => ({ job, matching: null }));
}

/** Every set of up to so many results, one job more than once too. */
function* sets(results: readonly LackingResult[], size: number, from = 0): Generator<readonly LackingResult[]> {
  yield [];
  if (size <= 0) return;
  for (let first = from; first < results.length; first += 1) {
    for (const rest of sets(results, size - 1, first)) yield [results[first] as LackingResult, ...rest];
  }
}

const of = (...jobs: readonly string[]) => jobs.map((job) => ({ job, matching: null }));
const passes = { passes: 2, ofLast: 3 } as const;

const table: readonly { title: string; asked: Question; results: readonly LackingResult[] | null }[] = [
  { title: 'none: nothing', asked: question('none'), results: [] },
  { title: 'empty criteria: no result helps', asked: question({ allOf: [], informing: [] }), results: null },
  {
    title: 'an empty group: no result helps',
    asked: question({ allOf: ['a', { anyOf: [] }], informing: [] }),
    results: null,
  },
  {
    title: 'what succeeded is not asked for again',
    asked: question({ allOf: ['a', 'b'], informing: [] }, { votes: votes(['a', 'success']) }),
    results: of('b'),
  },
  {
    title: 'of alternatives the one that runs already',
    asked: question(
      { allOf: [{ anyOf: ['a', 'b', 'c'] }], informing: [] },
      { votes: votes(['a', 'failure'], ['c', 'running']) },
    ),
    results: of('c'),
  },
  {
    title: 'of alternatives one that has not run, before one that failed',
    asked: question({ allOf: [{ anyOf: ['a', 'b'] }], informing: [] }, { votes: votes(['a', 'failure']) }),
    results: of('b'),
  },
  {
    title: 'fewer results come before less effort',
    asked: question(
      { allOf: [{ anyOf: [{ allOf: ['a', 'b'] }, 'c'] }], informing: [] },
      { votes: votes(['a', 'running'], ['b', 'running']) },
    ),
    results: of('c'),
  },
  {
    title: 'a result that brings one job more serves those who ask for a number of jobs, too',
    asked: question(
      { allOf: [{ anyOf: [{ allOf: ['d', 'e'] }, 'a', 'c'] }], informing: [], minimumJobs: 2 },
      { votes: votes(['a', 'failure'], ['a', 'running']) },
    ),
    results: of('c'),
  },
  {
    title: 'a job that is named, and that a pattern means too, finishes once',
    asked: question(
      { allOf: ['p', { matching: 'p*', atLeast: 1 }], informing: [], minimumJobs: 2 },
      { knownJobs: new Set(['p']) },
    ),
    results: [
      { job: 'p', matching: null },
      { job: null, matching: null },
    ],
  },
  {
    title: 'of alternatives the one that runs again, before one that has not run',
    asked: question(
      { allOf: [{ anyOf: ['c', 'a'] }], informing: [] },
      { votes: votes(['a', 'failure'], ['a', 'running']) },
    ),
    results: of('a'),
  },
  {
    title: 'k of n: a job that is known, before one of that name that nobody has heard of',
    asked: question(
      { allOf: [{ matching: 'p*', atLeast: 1 }], informing: [], votes: passes },
      { knownJobs: new Set(['p1']) },
    ),
    results: of('p1', 'p1'),
  },
  {
    title: 'k of n: as many successes as are lacking',
    asked: question({ allOf: ['a'], informing: [], votes: passes }, { votes: votes(['a', 'failure']) }),
    results: of('a', 'a'),
  },
  {
    title: 'a pattern asks for any job of that name',
    asked: question({ allOf: [{ matching: 'ovb-*', atLeast: 1 }], informing: [] }),
    results: [{ job: null, matching: 'ovb-*' }],
  },
  {
    title: 'a waived job is not asked for',
    asked: question({ allOf: ['a', 'b'], informing: [] }, { policy: [waiver('a')] }),
    results: of('b'),
  },
  {
    title: 'waivers do not stand for every test',
    asked: question({ allOf: ['a'], informing: [] }, { policy: [waiver('a')] }),
    results: of('a'),
  },
  {
    title: 'enough jobs, whatever they are',
    asked: question({ allOf: ['a'], informing: [], minimumJobs: 2 }, { votes: votes(['a', 'success']) }),
    results: [{ job: null, matching: null }],
  },
];

for (const { title, asked, results } of table) {
  test(title, (t) => {
    t.deepEqual(smallestResults(asked), results);
  });
}

test('holds and freezes are no part of the question', (t) => {
  const facts = { release: null, owner: 'o', bug: null, reason: 'r', where: 'w', expires: 2, label: null };
  const held = question(
    { allOf: ['a', 'b'], informing: [] },
    { policy: [{ ...facts, kind: 'hold', id: 'h', hashes: { from: hash, to: hash } }] },
  );
  t.deepEqual(smallestResults(held), of('a', 'b'));
  t.is(answer(withResults(held, of('a', 'b'))), 'no');
});
