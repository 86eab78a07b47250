import { type Freeze, type FullHash, type Hold, parseFullHash, parseLabel, type VerdictNote } from '@tagflow/model';
import { decide, type LabelFacts, type Question } from '../src/index.ts';
import { question, type VoteRow, votes } from './needs-questions.ts';

/** The time in these tests: 2026-01-05 12:00 UTC. */
export const now = Date.UTC(2026, 0, 5, 12);
export const hour = 3_600_000;

export const label = parseLabel('current-tripleo');
export const candidateLabel = parseLabel('tripleo-ci-testing');

/** A hash of one digit. */
export function hashOf(digit: string): FullHash {
  return parseFullHash(`${digit.repeat(40)}_${digit.repeat(8)}`);
}

const entry = {
  ...{ release: null, owner: 'alice', bug: 'https://bugs.example/7' },
  expires: now + 96 * hour,
} as const;

/** A freeze of the label, by alice, for four days. */
export const freeze: Freeze = {
  ...{ ...entry, kind: 'freeze', label, id: 'release-week' },
  ...{ reason: 'the release is being cut', where: 'freezes.yaml:2' },
};

/** A hold of one hash, by alice, for four days. */
export function holdOf(hash: FullHash): Hold {
  return {
    ...{ ...entry, kind: 'hold', label: null, hashes: { from: hash, to: hash }, id: 'broken-glance' },
    ...{ reason: 'glance eats images', where: 'holds.yaml:3' },
  };
}

const criteria = { allOf: ['ovb', 'scenario', 'standalone'], informing: [] } as const;

/** A question about the candidate of a digit, judged by three jobs. */
export function asked(digit: string, rows: readonly VoteRow[] = [], more: Partial<Question> = {}): Question {
  return question(criteria, { fullHash: hashOf(digit), votes: votes(...rows), now, ...more });
}

/** What is known of a candidate that nothing stops and that nobody has judged before. */
export function candidateOf(of: Question, more: Partial<LabelFacts['candidates'][number]> = {}) {
  return { question: of, obstacle: null, notes: [], named: null, ...more };
}

/** The verdict on a question as it was noted so many hours ago. */
export function noted(of: Question, hoursAgo: number): VerdictNote {
  return { release: 'master', label, at: now - hoursAgo * hour, verdict: decide(of) };
}

/** What is known of a label that names hash 0 and has one candidate, of which nobody has reported. */
export function facts(more: Partial<LabelFacts> = {}): LabelFacts {
  return {
    route: { phase: 'upstream', mode: 'promote', release: 'master', component: null, label, candidateLabel },
    now,
    current: { fullHash: hashOf('0'), since: { at: now - 72 * hour, source: 'ledger' } },
    candidates: [candidateOf(asked('1'))],
    unseen: 0,
    hasCandidates: true,
    ...{ unfinished: [], debts: [], freezes: [] },
    jobs: { ownerOf: (job) => (job === 'ovb' ? 'ovb-team' : null), runsHere: (job) => job === 'scenario' },
    ...more,
  };
}
