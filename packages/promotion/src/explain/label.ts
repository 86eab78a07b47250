import type { Freeze, FullHash, PromotionRecord } from '@tagflow/model';
import { leaseMs } from '../transaction/lease.ts';
import {
  type CandidateFacts,
  countLacking,
  explainCandidate,
  isFree,
  isLeftByRollback,
  type JobFacts,
  nearestOf,
  stopOf,
} from './candidate.ts';
import { actsOf } from './acts.ts';
import { shortHash } from './words.ts';
import type { CandidateExplanation, LabelAnswer, LabelExplanation, OpenPromotion, Route, Since } from './types.ts';

/** What is to be known of a label. */
export interface LabelFacts {
  readonly route: Route;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly current: { readonly fullHash: FullHash; readonly since: Since } | null;
  /** Newer than `current`, newest first. */
  readonly candidates: readonly CandidateFacts[];
  /** How many further ones, older than these, were not looked at. */
  readonly unseen: number;
  /** Whether the candidate label ever named a hash. */
  readonly hasCandidates: boolean;
  readonly unfinished: readonly PromotionRecord[];
  readonly debts: readonly string[];
  /** Those that count for the label now. */
  readonly freezes: readonly Freeze[];
  readonly jobs: JobFacts;
}

/** Returns why a label does not move, since when, what would move it, and who has to act. Pure. */
export function explainLabel(facts: LabelFacts): LabelExplanation {
  const { route, now, current, unseen, debts, jobs } = facts;
  const candidates = facts.candidates.map((candidate) => explainCandidate(candidate, jobs));
  const open = facts.unfinished.map((record) => openPromotion(record, now));
  const found = { candidates, nearest: nearestOf(candidates), open, freezes: facts.freezes.map(stopOf) };
  const answer = answerOf(found, facts.hasCandidates);
  const explained = { ...route, kind: 'label', at: now, answer, current, ...found, unseen, debts } as const;
  return {
    ...explained,
    why: whyOf({ ...explained, hasCandidates: facts.hasCandidates }),
    since: sinceOf(explained, facts),
    acts: actsOf(explained),
  };
}

type Found = Pick<LabelExplanation, 'candidates' | 'nearest' | 'open' | 'freezes'>;

function answerOf({ candidates, open, freezes }: Found, hasCandidates: boolean): LabelAnswer {
  if (open.some(({ state }) => state === 'interrupted' || state === 'half-done')) return 'half-done';
  if (open.length > 0) return 'running';
  if (candidates.length === 0) return hasCandidates ? 'nothing-newer' : 'no-candidate';
  if (freezes.length > 0) return 'frozen';
  const free = candidates.filter(isFree);
  if (free.length === 0) return 'held';
  const has = (answer: CandidateExplanation['answer']): boolean => free.some((one) => one.answer === answer);
  return has('yes') ? 'moves-now' : has('waiting') ? 'waiting' : 'blocked';
}

/** Steps that last seconds: who has noted one of them last, and nothing since, is gone. */
const quickSteps: ReadonlySet<string> = new Set(['verified', 'flipping', 'moved', 'committed', 'undoing']);

function openPromotion({ id, plan, outcome, journal }: PromotionRecord, now: number): OpenPromotion {
  const last = journal.at(-1);
  const isSilent = last === undefined || now - last.at > leaseMs;
  const gone = last !== undefined && quickSteps.has(last.step) ? 'interrupted' : 'silent';
  return {
    ...{ id, mode: plan.mode, toHash: plan.toHash, actor: plan.actor },
    ...{ begun: journal[0]?.at ?? null, heard: last?.at ?? null },
    state: outcome === 'half-done' ? 'half-done' : isSilent ? gone : 'running',
  };
}

type Explained = Omit<LabelExplanation, 'why' | 'since' | 'acts'>;

function whyOf(explained: Explained & { readonly hasCandidates: boolean }): string {
  const { answer, label, candidateLabel, nearest, open, freezes, current } = explained;
  const [promotion] = open;
  switch (answer) {
    case 'half-done':
    case 'running':
      return promotion === undefined ? '' : openText(promotion, label);
    case 'no-candidate':
      return `${candidateLabel ?? 'its candidate label'} never named a hash`;
    case 'nothing-newer':
      return candidateLabel === null
        ? 'it has no candidate label: only a hash that somebody gives is promoted'
        : `no hash of ${candidateLabel} is newer than ${current === null ? 'nothing' : 'what it names'}`;
    case 'frozen': {
      const [freeze] = freezes;
      return freeze === undefined
        ? ''
        : `${freeze.owner} has frozen it, so that it moves by hand only: ${freeze.reason}`;
    }
    case 'held':
      return heldText(nearest);
    case 'moves-now':
      return 'the nearest candidate has all that it needs: the next run promotes it';
    case 'waiting':
    case 'blocked':
      return nearest === null ? '' : lackingText(nearest, explained);
  }
}

function openText({ mode, toHash, state }: OpenPromotion, label: string): string {
  const what = `a ${mode} of ${label} to ${toHash}`;
  if (state === 'half-done') return `${what} ended half-way: containers, images and repository may differ`;
  if (state === 'interrupted') return `${what} was interrupted in the middle of its writes`;
  if (state === 'silent') return `${what} copies bytes since long, or was interrupted at that`;
  return `${what} is under way`;
}

function heldText(newest: CandidateExplanation | null): string {
  const [hold] = newest?.holds ?? [];
  if (hold !== undefined) return `${hold.owner} holds the newest candidate: ${hold.reason}`;
  return newest?.obstacle ?? 'every candidate is stopped';
}

function lackingText(nearest: CandidateExplanation, { candidates }: Explained): string {
  const { lacking, otherReasons } = nearest;
  if (lacking === null) return otherReasons[0] ?? 'no result would promote any candidate';
  const count = countLacking(nearest);
  const results = count === 1 ? '1 result is lacking' : `${count} results are lacking`;
  const where = candidates.length === 1 ? 'the one candidate' : `the nearest of ${candidates.length} candidates`;
  const failed = lacking.filter(({ state }) => state === 'failure').length;
  const some = count === 1 ? 'that job failed there' : `${failed} of these jobs failed there`;
  const what = failed === 0 ? 'nothing that is required failed there' : some;
  const other = nearest.answer === 'no' ? candidates.find((one) => isFree(one) && one.answer === 'waiting') : undefined;
  const still = other === undefined ? '' : `; ${shortHash(other.fullHash)} may still come`;
  return `${results} on ${where}, and ${what}${still}`;
}

function sinceOf(
  { answer, nearest, open, candidates, current }: Explained,
  { candidates: facts, freezes }: LabelFacts,
): Since {
  switch (answer) {
    case 'half-done':
    case 'running': {
      const begun = open[0]?.begun ?? null;
      return begun === null ? unknown : { at: begun, source: 'ledger' };
    }
    case 'no-candidate':
      return unknown;
    case 'nothing-newer':
      return current?.since ?? unknown;
    case 'frozen': {
      const isLeft = freezes.some(({ id }) => isLeftByRollback(id));
      // A rollback freezes what it moves.
      return isLeft && current !== null ? current.since : firstNoted(facts, new Set(freezes.map(({ id }) => id)));
    }
    case 'held':
      return firstNoted(facts, new Set(nearest?.holds.map(({ id }) => id)));
    case 'moves-now':
    case 'waiting':
    case 'blocked': {
      const wanted = answer === 'moves-now' ? 'yes' : answer === 'waiting' ? 'waiting' : 'no';
      const free = candidates.filter((one) => isFree(one) && one.answer === wanted);
      return (free.find((one) => one === nearest) ?? free[0])?.since ?? unknown;
    }
  }
}

const unknown: Since = { at: null, source: 'unknown' };

/** When a verdict was first noted that one of these holds or freezes speaks in. */
function firstNoted(candidates: readonly CandidateFacts[], ids: ReadonlySet<string>): Since {
  const times = candidates.flatMap(({ notes }) =>
    notes.filter(({ verdict }) => verdict.reasons.some(({ path }) => ids.has(path))).map(({ at }) => at),
  );
  return times.length === 0 ? unknown : { at: Math.min(...times), source: 'ledger' };
}
