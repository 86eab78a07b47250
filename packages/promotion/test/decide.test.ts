import {
  type Criteria,
  type Freeze,
  type Hold,
  parseFullHash,
  parseTargetLabel,
  type PolicyEntry,
  type Reason,
  type Verdict,
  type Vote,
  type VoteResult,
  type VoteRule,
  type Waiver,
} from '@tagflow/model';
import test from 'ava';
import { decide, type Question } from '../src/index.ts';

const fullHash = parseFullHash('0123456789012345678901234567890123456789_01234567');
const label = parseTargetLabel('current-tripleo');
const now = Date.UTC(2026, 0, 10);
const day = 86_400_000;

const letters: Readonly<Record<string, VoteResult>> = { s: 'success', f: 'failure', r: 'running' };

/** Votes written as `a:sfr b:s`: job a succeeded, failed and runs; job b succeeded. */
function votes(text: string): readonly Vote[] {
  return text.split(' ').flatMap((part) => {
    const [job = '', results = ''] = part.split(':');
    return [...results].map((letter, index) => ({
      ...{ job, result: letters[letter] as VoteResult, timestamp: 100 - index },
      ...{ url: `http://log/${job}/${index}`, notes: null, user: null },
    }));
  });
}

const facts = { release: null, owner: 'ruck', reason: 'a reason', bug: 'LP#1', where: 'here', label: null };
const waiver = (job: string, more: Partial<Waiver> = {}): Waiver => ({
  ...{ ...facts, kind: 'waiver', id: `w-${job}`, job, hashes: null, expires: now + day },
  ...more,
});
const hold: Hold = {
  ...{ ...facts, kind: 'hold', id: 'h', expires: now + day },
  hashes: { from: fullHash, to: fullHash },
};
const freeze: Freeze = { ...facts, kind: 'freeze', id: 'z', label, expires: now + day };

const ask = (more: Partial<Question>): Verdict =>
  decide({ fullHash, criteria: 'none', votes: [], policy: [], knownJobs: null, now, byHand: false, ...more });

const all = (...allOf: Exclude<Criteria, string>['allOf']): Criteria => ({ allOf, informing: [] });
const texts = ({ reasons }: Verdict): readonly string[] => reasons.map(({ text }) => text);

const rules: readonly [rule: VoteRule, votes: string, answer: Verdict['answer'], says: string][] = [
  ['any-success', 'a:sf', 'yes', 'a succeeded'],
  ['any-success', 'a:fr', 'waiting', 'a is running'],
  ['any-success', 'a:rf', 'no', 'a failed'],
  ['any-success', 'b:s', 'waiting', 'a has not reported'],
  ['latest', 'a:sf', 'no', 'a failed'],
  ['latest', 'a:fs', 'yes', 'a succeeded'],
  ['latest', 'a:sr', 'waiting', 'a is running'],
  [{ passes: 2, ofLast: 3 }, 'a:sfs', 'yes', 'a 2 of its last 3 runs succeeded, 2 of 3 needed'],
  [{ passes: 2, ofLast: 3 }, 'a:ssff', 'no', 'a 1 of its last 3 runs succeeded, 2 of 3 needed'],
  [{ passes: 2, ofLast: 3 }, 'a:s', 'waiting', 'a 1 of its last 1 runs succeeded, 2 of 3 needed'],
  [{ passes: 2, ofLast: 3 }, 'a:ff', 'no', 'a 0 of its last 2 runs succeeded, 2 of 3 needed'],
  [{ passes: 2, ofLast: 3 }, 'a:sr', 'waiting', 'a is running (1 of its last 1 runs succeeded, 2 of 3 needed)'],
  [{ passes: 1, ofLast: 1 }, '', 'waiting', 'a has not reported'],
];

for (const [rule, cast, answer, says] of rules) {
  test(`several votes of a job, ${JSON.stringify(rule)}: ${cast || 'none'} is ${answer}`, (t) => {
    const verdict = ask({ criteria: { allOf: ['a'], informing: [], votes: rule }, votes: votes(cast) });
    t.is(verdict.answer, answer);
    t.deepEqual(texts(verdict), [says]);
  });
}

const asked: readonly [
  title: string,
  question: Partial<Question>,
  answer: Verdict['answer'],
  says: readonly string[],
][] = [
  [
    'a pattern counts different jobs of that name',
    { criteria: all({ matching: '*-bm-*', atLeast: 2 }), votes: votes('x-bm-1:s x-bm-1:s x-bm-2:f y:s') },
    'no',
    ['1 of 2 jobs like *-bm-* succeeded, 2 needed, and too few can still come', 'x-bm-1 succeeded', 'x-bm-2 failed'],
  ],
  [
    'a pattern of which nobody has voted is something to wait for',
    { criteria: all({ matching: 'bm-*', atLeast: 1 }), votes: votes('y:s') },
    'waiting',
    ['0 of 0 jobs like bm-* succeeded, 1 needed'],
  ],
  [
    'a pattern waits for jobs that voted elsewhere, in spite of one that failed',
    { criteria: all({ matching: 'bm-*', atLeast: 1 }), votes: votes('bm-1:f'), knownJobs: new Set(['bm-1', 'bm-2']) },
    'waiting',
    ['0 of 2 jobs like bm-* succeeded, 1 needed', 'bm-1 failed', 'bm-2 has not reported'],
  ],
  [
    'a job that nobody has ever seen is told from one that has not reported',
    { criteria: all('a', 'b'), knownJobs: new Set(['a']) },
    'waiting',
    ['a has not reported', 'b has never been seen to vote: is its name right?'],
  ],
  [
    'minimum evidence: whatever the jobs',
    { criteria: { allOf: ['a'], informing: [], minimumJobs: 3 }, votes: votes('a:s b:f c:r') },
    'waiting',
    ['a succeeded', '2 different jobs have finished, 3 needed'],
  ],
  [
    'minimum evidence is there',
    { criteria: { allOf: ['a'], informing: [], minimumJobs: 2 }, votes: votes('a:s b:f') },
    'yes',
    ['a succeeded', '2 different jobs have finished, 2 needed'],
  ],
  [
    'informing jobs are shown and decide nothing; a pattern shows those that voted',
    { criteria: { allOf: ['a'], informing: ['b', { matching: 'c-*' }] }, votes: votes('a:s b:f c-1:f') },
    'yes',
    ['a succeeded', 'b: failed (informing only)', 'c-1: failed (informing only)'],
  ],
  [
    'a waiver stands for a job that failed',
    { criteria: all('a', 'b'), votes: votes('a:s b:f'), policy: [waiver('b')] },
    'yes',
    ['a succeeded', 'b failed; waived by ruck until 2026-01-10: a reason (LP#1)'],
  ],
  [
    'an expired waiver stands for nothing',
    { criteria: all('a', 'b'), votes: votes('a:s b:f'), policy: [waiver('b', { expires: now })] },
    'no',
    ['a succeeded', 'b failed'],
  ],
  [
    'waivers cannot stand for every test',
    { criteria: all('a', 'b'), votes: votes('c:s'), policy: [waiver('a'), waiver('b')] },
    'waiting',
    [
      'a has not reported; waived by ruck until 2026-01-10: a reason (LP#1)',
      'b has not reported; waived by ruck until 2026-01-10: a reason (LP#1)',
      'nothing succeeded: waivers cannot stand for every test',
    ],
  ],
  [
    'a hold stops a hash whatever the votes say',
    { criteria: all('a'), votes: votes('a:s'), policy: [hold] },
    'no',
    ['held by ruck until 2026-01-10: a reason', 'a succeeded'],
  ],
  [
    'an expired hold stops nothing',
    { criteria: all('a'), votes: votes('a:s'), policy: [{ ...hold, expires: now }] },
    'yes',
    ['a succeeded'],
  ],
  [
    'a freeze stops automation',
    { criteria: all('a'), votes: votes('a:s'), policy: [freeze] },
    'no',
    ['current-tripleo is frozen by ruck until 2026-01-10 and moves by hand only: a reason', 'a succeeded'],
  ],
  [
    'a freeze lets a person through',
    { criteria: all('a'), votes: votes('a:s'), policy: [freeze], byHand: true },
    'yes',
    ['a succeeded'],
  ],
  [
    'a hold stops a person too, and a pin',
    { criteria: 'none', policy: [hold], byHand: true },
    'no',
    ['held by ruck until 2026-01-10: a reason', 'no criteria: the configuration says `criteria: none`'],
  ],
];

for (const [title, question, answer, says] of asked) {
  test(title, (t) => {
    const verdict = ask(question);
    t.is(verdict.answer, answer);
    t.deepEqual(texts(verdict), says);
  });
}

test('a waiver is named as used only where the answer needs it', (t) => {
  const policy: readonly PolicyEntry[] = [waiver('a'), waiver('b'), waiver('c')];
  const criteria = all('a', { anyOf: ['b', 'd'] }, 'c');
  t.deepEqual(ask({ criteria, votes: votes('a:s d:s'), policy }).waivers, ['w-c'], 'a succeeded, d stands for b');
  t.deepEqual(ask({ criteria, votes: votes('d:s'), policy }).waivers, ['w-a', 'w-c']);
});

test('a verdict keeps the votes that it rests on, in their order', (t) => {
  const cast = votes('a:fs x:s bm-1:s');
  const { votes: kept } = ask({
    criteria: { allOf: ['a', { matching: 'bm-*', atLeast: 1 }], informing: [] },
    votes: cast,
  });
  t.deepEqual(
    kept.map(({ job, result }) => `${job} ${result}`),
    ['a failure', 'a success', 'bm-1 success'],
  );
});

test('reasons are typed, and each says whether it is met', (t) => {
  const criteria: Criteria = { allOf: ['a', { anyOf: ['b'] }], informing: ['c'], minimumJobs: 9 };
  const { reasons } = ask({ criteria, votes: votes('a:s'), policy: [hold, freeze] });
  const told = reasons.map(({ kind, path, met }: Reason) => `${kind} ${path} ${met}`);
  t.deepEqual(told, [
    'hold h false',
    'freeze z false',
    'job all-of[0] true',
    'group all-of[1] false',
    'job all-of[1].any-of[0] false',
    'evidence minimum-jobs false',
    'informing informing[0] true',
  ]);
});
