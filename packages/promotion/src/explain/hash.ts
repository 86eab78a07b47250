import type { FullHash, Label, PromotionRecord, Vote } from '@tagflow/model';
import { type CandidateFacts, explainCandidate, type JobFacts, reportedAt } from './candidate.ts';
import type { HashExplanation, HashStanding, JobVotes, Route, Standing } from './types.ts';

/** What is to be known of a hash on one route. */
export interface HashRouteFacts {
  readonly route: Route;
  /** What the label names now. */
  readonly current: FullHash | null;
  /** When the label first named the hash, in milliseconds since 1970; null when it never did. */
  readonly promoted: number | null;
  /** Whether the candidate label names it or named it; null where nobody remembers more than what it names now. */
  readonly isCandidate: boolean | null;
  /** Whether it became a candidate before what the label names now did. */
  readonly isOlder: boolean;
  /** Newest first. */
  readonly history: readonly PromotionRecord[];
  /** Null where the repository of this component does not have it. */
  readonly candidate: CandidateFacts | null;
  readonly jobs: JobFacts;
}

/** What is to be known of a hash. */
export interface HashFacts {
  readonly fullHash: FullHash;
  readonly release: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly routes: readonly HashRouteFacts[];
  /** Every vote on it, in the order in which they came. */
  readonly votes: readonly Vote[];
}

/** Returns what happened with a hash: on every way on which a label moves, and what was voted. Pure. */
export function explainHash({ fullHash, release, now, routes, votes }: HashFacts): HashExplanation {
  const ownerOf = (job: string): string | null =>
    routes.reduce<string | null>((owner, { jobs }) => owner ?? jobs.ownerOf(job), null);
  return {
    ...{ kind: 'hash', at: now, fullHash, release },
    routes: routes.map((route) => standingOn(fullHash, route)),
    votes: votesByJob(votes, ownerOf),
  };
}

function standingOn(hash: FullHash, facts: HashRouteFacts): HashStanding {
  const { route, promoted, candidate, jobs } = facts;
  const standing = standingOf(hash, facts);
  const isOpen = standing === 'candidate' || standing === 'obstructed';
  return {
    ...{ ...route, standing, promoted },
    why: whyOf(standing, facts),
    left: standing === 'left' ? leftBy(hash, facts.history) : null,
    candidate: isOpen && candidate !== null ? explainCandidate(candidate, jobs) : null,
  };
}

function standingOf(
  hash: FullHash,
  { current, promoted, isCandidate, isOlder, candidate, route }: HashRouteFacts,
): Standing {
  if (current === hash) return 'named-now';
  if (promoted !== null) return 'left';
  if (candidate === null) return 'not-here';
  if (isCandidate === false) return 'never-candidate';
  if (isCandidate === null && route.candidateLabel !== null) return 'not-candidate-now';
  if (isOlder) return 'older';
  return candidate.obstacle === null ? 'candidate' : 'obstructed';
}

function whyOf(standing: Standing, { route, current, candidate }: HashRouteFacts): string {
  const { label, candidateLabel, component } = route;
  const from = candidateLabel ?? 'the candidate label';
  switch (standing) {
    case 'named-now':
      return `${label} names it now`;
    case 'left':
      return `it was moved on; now it names ${current ?? 'nothing'}`;
    case 'candidate':
      return `it is a candidate for ${label}`;
    case 'older':
      return `${label} has something newer: ${current ?? 'nothing'}`;
    case 'obstructed':
      return candidate?.obstacle ?? `${label} must not move to it`;
    case 'never-candidate':
      return `${from} never named it`;
    case 'not-candidate-now':
      return `${from} names another hash, and nobody remembers what it named before`;
    case 'not-here':
      return component === null ? 'the repository does not have it' : `component ${component} does not have it`;
  }
}

function leftBy(hash: FullHash, history: readonly PromotionRecord[]): HashStanding['left'] {
  const record = history.find(
    ({ plan, outcome }) => outcome === 'done' && plan.fromHash === hash && plan.toHash !== hash,
  );
  if (record === undefined) return null;
  const { mode, actor, reason, toHash } = record.plan;
  return { at: record.journal.at(-1)?.at ?? null, mode, actor, reason, toHash };
}

const order: readonly Vote['result'][] = ['failure', 'running', 'success'];

function votesByJob(votes: readonly Vote[], ownerOf: (job: string) => string | null): readonly JobVotes[] {
  const rows = [...Map.groupBy(votes, ({ job }) => job)].map(([job, own]): JobVotes => {
    const successes = own.filter(({ result }) => result === 'success');
    // One success is what most criteria ask for: a job that has it is not shown as failed.
    const shown = successes.at(-1) ?? own.at(-1);
    return {
      ...{ job, result: shown?.result ?? 'running', votes: own.length, successes: successes.length },
      ...{ reported: reportedAt(own, job), url: shown?.url || null, owner: ownerOf(job) },
    };
  });
  return rows.toSorted((a, b) => order.indexOf(a.result) - order.indexOf(b.result) || (a.job < b.job ? -1 : 1));
}

/** The labels below which a hash may have been promoted. */
export function labelsOf({ label, candidateLabel }: Pick<Route, 'label' | 'candidateLabel'>): readonly Label[] {
  return candidateLabel === null ? [label] : [candidateLabel, label];
}
