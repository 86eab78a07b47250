import test from 'ava';
import type { JournalEntry, Outcome, PromotionRecord } from '@tagflow/model';
import { explainLabel, type LabelAnswer, type LabelExplanation, type LabelFacts } from '../src/index.ts';
import { asked, candidateOf, facts, freeze, hashOf, holdOf, hour, noted, now } from './explain-facts.ts';
import { votes, waiver } from './needs-questions.ts';
import { createDestinations, createDisks, createSet, planFor } from './memory-world.ts';

const all = [
  ['ovb', 'success'],
  ['scenario', 'success'],
  ['standalone', 'success'],
] as const;
const oneFailed = [all[1], all[2], ['ovb', 'failure']] as const;
const held = { policy: [holdOf(hashOf('1'))] };

interface Row {
  readonly title: string;
  readonly facts: Partial<LabelFacts>;
  readonly answer: LabelAnswer;
  readonly why: RegExp;
  readonly since: LabelExplanation['since'];
  readonly acts: LabelExplanation['acts'];
}

const unknown = { at: null, source: 'unknown' } as const;

const table: readonly Row[] = [
  {
    title: 'a candidate that has all moves now, since that was noted first',
    facts: {
      candidates: [
        candidateOf(asked('1', [...all]), { notes: [noted(asked('1'), 9), noted(asked('1', [...all]), 2)] }),
      ],
    },
    answer: 'moves-now',
    why: /^the nearest candidate has all that it needs/,
    since: { at: now - 2 * hour, source: 'ledger' },
    acts: [],
  },
  {
    title: 'nobody has reported: waiting, since it is a candidate',
    facts: { candidates: [candidateOf(asked('1'), { named: now - 5 * hour })] },
    answer: 'waiting',
    why: /^3 results are lacking on the one candidate, and nothing that is required failed there$/,
    since: { at: now - 5 * hour, source: 'candidate' },
    acts: [
      { who: 'ovb-team', what: 'run ovb' },
      { who: null, what: 'run 2 jobs' },
    ],
  },
  {
    title: 'a required job failed: blocked, and its owner acts',
    facts: {
      candidates: [
        candidateOf(asked('1', [...oneFailed]), {
          notes: [noted(asked('1', [...oneFailed]), 4), noted(asked('1', [...oneFailed, ['x', 'failure']]), 3)],
        }),
      ],
    },
    answer: 'blocked',
    why: /^1 result is lacking on the one candidate, and that job failed there$/,
    since: { at: now - 4 * hour, source: 'ledger' },
    acts: [{ who: 'ovb-team', what: 'mend or run again ovb' }],
  },
  {
    title: 'the answer has changed since it was noted last: nobody knows since when',
    facts: {
      candidates: [candidateOf(asked('1', [...oneFailed]), { notes: [noted(asked('1'), 4)], named: now - hour })],
    },
    answer: 'blocked',
    why: /failed/,
    since: unknown,
    acts: [{ who: 'ovb-team', what: 'mend or run again ovb' }],
  },
  {
    title: 'one failed, and an older candidate may still come: waiting',
    facts: { candidates: [candidateOf(asked('2', [['ovb', 'failure']])), candidateOf(asked('1', [all[0], all[1]]))] },
    answer: 'waiting',
    why: /^1 result is lacking on the nearest of 2 candidates/,
    since: unknown,
    acts: [{ who: null, what: 'run standalone' }],
  },
  {
    title: 'criteria that can never be met',
    facts: { candidates: [candidateOf(asked('1', [], { criteria: { allOf: [], informing: [] } }))] },
    answer: 'blocked',
    why: /empty criteria never promote/,
    since: unknown,
    acts: [{ who: null, what: 'mend the criteria in the configuration' }],
  },
  {
    title: 'every candidate is held',
    facts: { candidates: [candidateOf(asked('1', [...all], held), { notes: [noted(asked('1', [...all], held), 6)] })] },
    answer: 'held',
    why: /^alice holds the newest candidate: glance eats images$/,
    since: { at: now - 6 * hour, source: 'ledger' },
    acts: [{ who: 'alice', what: 'end the hold broken-glance: take it out of holds.yaml:3' }],
  },
  {
    title: 'the label was moved away from every candidate',
    facts: { candidates: [candidateOf(asked('1', [...all]), { obstacle: 'current-tripleo named it before' })] },
    answer: 'held',
    why: /^current-tripleo named it before$/,
    since: unknown,
    acts: [],
  },
  {
    title: 'frozen, though a candidate has all',
    facts: { freezes: [freeze], candidates: [candidateOf(asked('1', [...all], { policy: [freeze] }))] },
    answer: 'frozen',
    why: /^alice has frozen it, .*: the release is being cut$/,
    since: unknown,
    acts: [
      {
        who: 'alice',
        what: 'end the freeze release-week: take it out of freezes.yaml:2, or move the label by hand: promote-symlink with --reason',
      },
    ],
  },
  {
    title: 'frozen by a rollback: since it moved the label',
    facts: { freezes: [{ ...freeze, id: 'rollback-p1-freeze', where: 'promotion p1' }] },
    answer: 'frozen',
    why: /^alice has frozen it/,
    since: { at: now - 72 * hour, source: 'ledger' },
    acts: [
      {
        who: 'alice',
        what: 'end the freeze: tagflow policy --lift rollback-p1-freeze --reason WHY, or move the label by hand: promote-symlink with --reason',
      },
    ],
  },
  {
    title: 'frozen and nothing newer: nothing newer',
    facts: { freezes: [freeze], candidates: [] },
    answer: 'nothing-newer',
    why: /^no hash of tripleo-ci-testing is newer than what it names$/,
    since: { at: now - 72 * hour, source: 'ledger' },
    acts: [],
  },
  {
    title: 'the candidate label never named a hash',
    facts: { candidates: [], hasCandidates: false, current: null },
    answer: 'no-candidate',
    why: /^tripleo-ci-testing never named a hash$/,
    since: unknown,
    acts: [],
  },
];

for (const row of table) {
  test(row.title, (t) => {
    const { answer, why, since, acts } = explainLabel(facts(row.facts));
    t.like({ answer, since }, { answer: row.answer, since: row.since });
    t.regex(why, row.why);
    t.deepEqual(acts, row.acts);
  });
}

test('a promotion that has not ended: running, silent, interrupted or half-done', async (t) => {
  const plan = await planFor(createDestinations(createDisks()), createSet('a'));
  if (plan === null) return t.fail('no plan');
  const record = (outcome: Outcome | null, step: JournalEntry['step'], minutesAgo: number): PromotionRecord => ({
    ...{ id: 'p1', plan, outcome },
    journal: [{ at: now - minutesAgo * 60_000, step, detail: '' }],
  });
  for (const [open, state, answer] of [
    [record(null, 'moved', 1), 'running', 'running'],
    [record(null, 'begun', 200), 'silent', 'running'],
    [record(null, 'moved', 3), 'interrupted', 'half-done'],
    [record('half-done', 'finished', 1), 'half-done', 'half-done'],
  ] as const) {
    const explained = explainLabel(facts({ unfinished: [open] }));
    t.is(explained.open[0]?.state, state);
    t.is(explained.answer, answer);
    t.deepEqual(
      explained.acts,
      answer === 'running' ? [] : [{ who: null, what: 'end it: tagflow resume current-tripleo' }],
    );
  }
});

test('the nearest candidate lacks the fewest results, and is the newest of several; held ones are none', (t) => {
  const candidates = [
    candidateOf(asked('5', [...all], { policy: [holdOf(hashOf('5'))] })),
    candidateOf(asked('4')),
    candidateOf(asked('3', [all[0], all[1]])),
    candidateOf(asked('2', [...oneFailed])),
  ];
  const { nearest, candidates: told } = explainLabel(facts({ candidates }));
  t.is(nearest?.fullHash, hashOf('3'));
  t.deepEqual(
    told.map(({ fullHash, lacking }) => [fullHash[0], lacking?.length]),
    [
      ['5', 0],
      ['4', 3],
      ['3', 1],
      ['2', 1],
    ],
  );
});

test('each result that is lacking has its state, its log, its owner and what to do', (t) => {
  const of = asked(
    '1',
    [
      ['ovb', 'failure'],
      ['scenario', 'running'],
    ],
    { knownJobs: new Set(['ovb', 'scenario']) },
  );
  const told = { ...of, votes: of.votes.map((vote) => ({ ...vote, url: 'http://log/1', timestamp: now / 1000 - 60 })) };
  const { nearest } = explainLabel(facts({ candidates: [candidateOf(told)] }));
  const common = { matching: null, times: 1, reported: now - 60_000, url: 'http://log/1' };
  t.deepEqual(nearest?.lacking, [
    { ...common, job: 'ovb', state: 'failure', owner: 'ovb-team', toDo: 'run-again', isOurs: false },
    { ...common, job: 'scenario', state: 'running', owner: null, toDo: 'wait', isOurs: true },
    {
      ...{ ...common, job: 'standalone', state: 'unknown', owner: null, toDo: 'check-name', isOurs: false },
      ...{ reported: null, url: null },
    },
  ]);
});

test('several successes of one job are one line, any job of a name another', (t) => {
  const criteria = {
    ...{ allOf: ['ovb', { matching: 'multinode-*', atLeast: 1 }], informing: [] },
    votes: { passes: 2, ofLast: 3 },
  } as const;
  const { nearest } = explainLabel(facts({ candidates: [candidateOf(asked('1', [], { criteria }))] }));
  t.like(nearest?.lacking, [
    { job: 'ovb', times: 2, toDo: 'run' },
    { job: null, matching: 'multinode-*', times: 1, toDo: 'run-any' },
  ]);
});

test('a waiver that the answer rests on is told, an expired or superfluous one is not', (t) => {
  const policy = [waiver('ovb', now + hour), waiver('scenario', now - 1), waiver('standalone', now + hour)];
  const of = asked('1', [all[2]], { policy, votes: votes(all[2]) });
  const { nearest } = explainLabel(facts({ candidates: [candidateOf(of)] }));
  t.deepEqual(
    nearest?.waivers.map(({ job }) => job),
    ['ovb'],
  );
  t.deepEqual(
    nearest?.lacking?.map(({ job }) => job),
    ['scenario'],
  );
});
