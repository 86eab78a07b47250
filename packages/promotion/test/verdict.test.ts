import test from 'ava';
import { type Criteria, parseFullHash, type Verdict, type Vote, type VoteResult } from '@tagflow/model';
import { decide } from '../src/index.ts';

const hash = parseFullHash('0123456789012345678901234567890123456789_01234567');

function votes(...rows: readonly [string, VoteResult][]): readonly Vote[] {
  return rows.map(([job, result], index) => ({
    job,
    result,
    timestamp: index,
    url: `http://log/${job}`,
    notes: null,
    user: null,
  }));
}

/** Decides without policies and without a memory. */
const judge = (criteria: Criteria, of: readonly Vote[]): Verdict =>
  decide({ fullHash: hash, criteria, votes: of, policy: [], knownJobs: null, now: 0, byHand: false });

const table: readonly { title: string; criteria: Criteria; votes: readonly Vote[]; answer: Verdict['answer'] }[] = [
  { title: 'none promotes', criteria: 'none', votes: [], answer: 'yes' },
  {
    title: 'empty never promotes',
    criteria: { allOf: [], informing: [] },
    votes: votes(['a', 'success']),
    answer: 'no',
  },
  { title: 'no votes: waiting', criteria: { allOf: ['a'], informing: [] }, votes: [], answer: 'waiting' },
  {
    title: 'all succeeded',
    criteria: { allOf: ['a', 'b'], informing: [] },
    votes: votes(['a', 'success'], ['b', 'success']),
    answer: 'yes',
  },
  {
    title: 'one is missing',
    criteria: { allOf: ['a', 'b'], informing: [] },
    votes: votes(['a', 'success']),
    answer: 'waiting',
  },
  {
    title: 'one is running',
    criteria: { allOf: ['a'], informing: [] },
    votes: votes(['a', 'running']),
    answer: 'waiting',
  },
  { title: 'one failed', criteria: { allOf: ['a', 'b'], informing: [] }, votes: votes(['a', 'failure']), answer: 'no' },
  {
    title: 'success, then failure: still a success',
    criteria: { allOf: ['a'], informing: [] },
    votes: votes(['a', 'success'], ['a', 'failure']),
    answer: 'yes',
  },
  {
    title: 'failure, then success',
    criteria: { allOf: ['a'], informing: [] },
    votes: votes(['a', 'failure'], ['a', 'success']),
    answer: 'yes',
  },
  {
    title: 'failure, then running again',
    criteria: { allOf: ['a'], informing: [] },
    votes: votes(['a', 'failure'], ['a', 'running']),
    answer: 'waiting',
  },
  {
    title: 'names are exact, not prefixes',
    criteria: { allOf: ['a'], informing: [] },
    votes: votes(['a-validation', 'success']),
    answer: 'waiting',
  },
  {
    title: 'any of: one is enough',
    criteria: { allOf: [{ anyOf: ['a', 'b'] }], informing: [] },
    votes: votes(['a', 'failure'], ['b', 'success']),
    answer: 'yes',
  },
  {
    title: 'any of: one can still come',
    criteria: { allOf: [{ anyOf: ['a', 'b'] }], informing: [] },
    votes: votes(['a', 'failure']),
    answer: 'waiting',
  },
  {
    title: 'any of: all failed',
    criteria: { allOf: [{ anyOf: ['a', 'b'] }], informing: [] },
    votes: votes(['a', 'failure'], ['b', 'failure']),
    answer: 'no',
  },
  {
    title: 'any of nothing never promotes',
    criteria: { allOf: [{ anyOf: [] }], informing: [] },
    votes: [],
    answer: 'no',
  },
  {
    title: 'all of nothing never promotes',
    criteria: { allOf: [{ allOf: [] }], informing: [] },
    votes: [],
    answer: 'no',
  },
  {
    title: 'two of three',
    criteria: { allOf: [{ atLeast: 2, of: ['a', 'b', 'c'] }], informing: [] },
    votes: votes(['a', 'success'], ['b', 'failure'], ['c', 'success']),
    answer: 'yes',
  },
  {
    title: 'two of three out of reach',
    criteria: { allOf: [{ atLeast: 2, of: ['a', 'b', 'c'] }], informing: [] },
    votes: votes(['a', 'failure'], ['b', 'failure']),
    answer: 'no',
  },
  {
    title: 'informing jobs do not count',
    criteria: { allOf: ['a'], informing: ['x'] },
    votes: votes(['a', 'success'], ['x', 'failure']),
    answer: 'yes',
  },
];

for (const row of table) {
  test(row.title, (t) => {
    const verdict = judge(row.criteria, row.votes);
    t.is(verdict.answer, row.answer);
    t.true(verdict.reasons.length > 0, 'every verdict explains itself');
  });
}

test('a verdict on one candidate does not change the criteria for the next', (t) => {
  const criteria: Criteria = { allOf: [{ anyOf: ['kvm', 'ovb'] }], informing: [] };
  const before = JSON.stringify(criteria);
  t.is(judge(criteria, votes(['ovb', 'success'])).answer, 'yes');
  t.is(JSON.stringify(criteria), before);
  t.is(judge(criteria, votes(['kvm', 'success'])).answer, 'yes');
});

test('a reason names the job, its state and where its log is', (t) => {
  const [reason] = judge({ allOf: ['a'], informing: [] }, votes(['a', 'failure'])).reasons;
  t.deepEqual(reason, {
    kind: 'job',
    waiver: null,
    path: 'all-of[0]',
    met: false,
    job: 'a',
    state: 'failure',
    url: 'http://log/a',
    text: 'a failed',
  });
});
