import type { Criteria, FullHash, Label, PolicyEntry, Waiver } from '@tagflow/model';
import test from 'ava';
import { describePolicyReview, formatPolicyReview } from '../src/policy/describe-review.ts';
import { type PolicyPlace, type PolicyQuestion, reviewPolicy } from '../src/policy/review.ts';

const day = 86_400_000;
const now = Date.UTC(2026, 0, 10);
const known = `${'1'.repeat(40)}_${'a'.repeat(8)}` as FullHash;
const unknown = `${'2'.repeat(40)}_${'b'.repeat(8)}` as FullHash;
const label = 'current-tripleo' as Label;
const pinned = 'tripleo-ci-testing' as Label;
const later = 'current-tripleo-rdo' as Label;

const criteria: Criteria = {
  allOf: ['job-a', { anyOf: ['job-b', { matching: 'scenario-*', atLeast: 2 }] }],
  informing: ['job-i'],
};
const rdo: Criteria = { allOf: ['weirdo'], informing: [] };
const place = (more: Partial<PolicyPlace>): PolicyPlace => ({
  ...{ release: 'master', component: null, label, criteria, ...more },
});
const places = [
  place({ label: pinned, criteria: 'none' }),
  place({}),
  place({ label: later, criteria: rdo }),
  place({ release: 'pike' }),
];

const facts = { release: null, owner: 'tripleo-ci', bug: 'LP#12', reason: 'r', expires: now + 10 * day };
const waiver = (more: Partial<Waiver>): Waiver => ({
  ...facts,
  ...{ kind: 'waiver', id: 'w', where: 'w.yaml:2', job: 'job-a', hashes: null, label: null, ...more },
});
const hold = (more: Partial<Extract<PolicyEntry, { kind: 'hold' }>>): PolicyEntry => ({
  ...facts,
  ...{ kind: 'hold', id: 'h', where: 'h.yaml:2', hashes: { from: known, to: known }, label: null, ...more },
});
const freeze = (more: Partial<Extract<PolicyEntry, { kind: 'freeze' }>>): PolicyEntry => ({
  ...facts,
  ...{ kind: 'freeze', id: 'f', where: 'f.yaml:2', label, ...more },
});

const ask = (entries: readonly PolicyEntry[], more: Partial<PolicyQuestion> = {}) =>
  reviewPolicy({ entries, now, places, knownHash: (hash) => hash === known, used: new Set(['w']), ...more });

const w = 'waiver w of tripleo-ci (LP#12; w.yaml:2)';
const h = 'hold h of tripleo-ci (LP#12; h.yaml:2)';
const f = 'freeze f of tripleo-ci (LP#12; f.yaml:2)';
const out = 'correct it, or take it out.';

const rows: readonly (readonly [entry: PolicyEntry, states: string, sentence: string])[] = [
  [waiver({}), 'active', `${w} ends in 10 days; nothing to do.`],
  [hold({}), 'active', `${h} ends in 10 days; nothing to do.`],
  [freeze({}), 'active', `${f} ends in 10 days; nothing to do.`],
  [freeze({ expires: now + 3 * day + 1 }), 'active', `${f} ends in 3 days; nothing to do.`],
  [
    waiver({ expires: now + 3 * day }),
    'expires-soon',
    `${w} ends in 3 days; then job-a counts again: make it succeed, or give it a later end before that and say why.`,
  ],
  [
    hold({ expires: now + 2 * day - 1 }),
    'expires-soon',
    `${h} ends in 1 day; then what it holds may be promoted: see that nothing is wrong with it any more, or give it a later end before that and say why.`,
  ],
  [
    freeze({ expires: now + 1 }),
    'expires-soon',
    `${f} ends in less than a day; then current-tripleo moves by itself again: see that it may, or give it a later end before that and say why.`,
  ],
  [
    waiver({ expires: now }),
    'expired',
    `${w} ended less than a day ago and counts no more; take it out, or give it a new end and say why.`,
  ],
  [
    hold({ expires: now - 4 * day, hashes: { from: unknown, to: null } }),
    'expired',
    `${h} ended 4 days ago and counts no more; take it out, or give it a new end and say why.`,
  ],
  [
    waiver({ id: 'v' }),
    'unused',
    'waiver v of tripleo-ci (LP#12; w.yaml:2) ends in 10 days, and no verdict of late needed it; take it out if job-a succeeds again.',
  ],
  [
    waiver({ id: 'v', expires: now + day }),
    'expires-soon unused',
    'waiver v of tripleo-ci (LP#12; w.yaml:2) ends in 1 day, and no verdict of late needed it; take it out if job-a succeeds again.',
  ],
  [waiver({ job: 'job-b' }), 'active', `${w} ends in 10 days; nothing to do.`],
  [waiver({ job: 'scenario-1' }), 'active', `${w} ends in 10 days; nothing to do.`],
  [waiver({ job: 'weirdo', label: later }), 'active', `${w} ends in 10 days; nothing to do.`],
  [
    waiver({ job: 'job-x' }),
    'orphaned',
    `${w} ends in 10 days, but names job job-x, which no criteria of any label ask for; ${out}`,
  ],
  [
    waiver({ job: 'job-i', expires: now + day }),
    'orphaned expires-soon',
    `${w} ends in 1 day, but names job job-i, which no criteria of any label ask for; ${out}`,
  ],
  [
    waiver({ job: 'weirdo', label }),
    'orphaned',
    `${w} ends in 10 days, but names job weirdo, which no criteria of current-tripleo ask for; ${out}`,
  ],
  [
    waiver({ label: pinned }),
    'orphaned',
    `${w} ends in 10 days, but names job job-a, which no criteria of tripleo-ci-testing ask for; ${out}`,
  ],
  [
    hold({ release: 'queens' }),
    'orphaned',
    `${h} ends in 10 days, but names release queens, which no tagflow.yaml that was read is about; ${out}`,
  ],
  [
    freeze({ label: 'current-tripelo' as Label }),
    'orphaned',
    `${f} ends in 10 days, but names label current-tripelo, which no phase moves; ${out}`,
  ],
  [
    freeze({ label: later, release: 'pike' }),
    'orphaned',
    `${f} ends in 10 days, but names label current-tripleo-rdo, which no phase moves in pike; ${out}`,
  ],
  [
    freeze({ component: 'network' }),
    'orphaned',
    `${f} ends in 10 days, but names component network, which no phase has; ${out}`,
  ],
  [freeze({ component: null }), 'active', `${f} ends in 10 days; nothing to do.`],
  [
    hold({ hashes: { from: unknown, to: unknown } }),
    'orphaned',
    `${h} ends in 10 days, but names hash ${unknown}, which nobody knows; ${out}`,
  ],
  [
    waiver({ job: 'job-x', hashes: { from: known, to: unknown } }),
    'orphaned',
    `${w} ends in 10 days, but names job job-x, which no criteria of any label ask for, and hash ${unknown}, which nobody knows; ${out}`,
  ],
  [
    hold({ bug: null, id: 'rollback-1-hold', where: 'promotion 1' }),
    'active',
    'hold rollback-1-hold of tripleo-ci (no bug; promotion 1) ends in 10 days; nothing to do.',
  ],
];
for (const [index, [entry, states, sentence]] of rows.entries()) {
  test(`review ${index + 1}: ${states}: ${sentence}`, (t) => {
    const reviews = ask([entry]);
    t.deepEqual(
      reviews.map((review) => ({ ...review, states: review.states.join(' ') })),
      [{ entry, state: reviews[0]?.states[0], states, sentence }],
    );
  });
}

test('nobody remembers what was used: then nothing is called unused', (t) => {
  t.is(ask([waiver({ id: 'v' })], { used: null })[0]?.state, 'active');
});

test('what a rollback left and has ended needs nobody', (t) => {
  t.deepEqual(ask([hold({ bug: null, expires: now })]), []);
});

test('the worst is told first, then what ends first', (t) => {
  const entries = [
    freeze({ id: 'a-late' }),
    freeze({ id: 'active-b', expires: now + 5 * day }),
    freeze({ id: 'active-a', expires: now + 5 * day }),
    waiver({ id: 'unused' }),
    hold({ id: 'soon', expires: now + 1 }),
    hold({ id: 'expired', expires: now - 1 }),
    hold({ id: 'orphaned', release: 'queens' }),
  ];
  const ids = ['orphaned', 'expired', 'soon', 'unused', 'active-a', 'active-b', 'a-late'];
  t.deepEqual(
    ask(entries).map(({ entry }) => entry.id),
    ids,
  );
  t.deepEqual(
    ask(entries.toReversed()).map(({ entry }) => entry.id),
    ids,
  );
});

test('a review is written as Markdown and as lines, and what people wrote is text in both', (t) => {
  const reviews = ask([
    freeze({ owner: '<b>|me|\n# x', bug: 'https://bugs.example/1' }),
    waiver({ id: 'v', expires: now + day }),
  ]);
  const unused =
    'waiver v of tripleo-ci (LP#12; w.yaml:2) ends in 1 day, and no verdict of late needed it; take it out if job-a succeeds again.';
  t.is(
    describePolicyReview(reviews),
    [
      '| state | waiver, hold or freeze |',
      '| --- | --- |',
      `| expires-soon, unused | ${unused} |`,
      '| active | freeze f of \\<b\\>\\|me\\| # x (https://bugs.example/1; f.yaml:2) ends in 10 days; nothing to do. |',
    ].join('\n'),
  );
  t.deepEqual(formatPolicyReview(reviews), [
    `expires-soon, unused: ${unused}`,
    'active: freeze f of <b>|me| # x (https://bugs.example/1; f.yaml:2) ends in 10 days; nothing to do.',
  ]);
  t.is(describePolicyReview([]), '');
});
