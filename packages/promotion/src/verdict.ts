import { createHash } from 'node:crypto';
import {
  canonicalJson,
  type Criteria,
  type Criterion,
  type FullHash,
  type JobState,
  type Reason,
  type Verdict,
  type Vote,
} from '@tagflow/model';

/** Returns `sha256:` of the canonical criteria, which ties a verdict and a plan to what was asked. */
export function criteriaDigest(criteria: Criteria): string {
  return `sha256:${createHash('sha256').update(canonicalJson(criteria)).digest('hex')}`;
}

/**
 * Returns whether a hash may be promoted, with a reason for every part of the criteria. Pure.
 *
 * One success of a job is enough, and a later failure does not take it back: people re-run one missing job on the
 * same hash and count on that. A job that has only failed is `failure`; one that has begun and not reported is
 * `running`; one that nobody heard of is `missing`.
 */
export function decide(fullHash: FullHash, criteria: Criteria, votes: readonly Vote[]): Verdict {
  const digest = criteriaDigest(criteria);
  if (criteria === 'none') {
    const reason = leaf('criteria', true, null, null, null, 'no criteria: the configuration says `criteria: none`');
    return { answer: 'yes', fullHash, reasons: [reason], criteriaDigest: digest };
  }
  if (criteria.allOf.length === 0) {
    const reason = leaf('all-of', false, null, null, null, 'the criteria are empty, and empty criteria never promote');
    return { answer: 'no', fullHash, reasons: [reason], criteriaDigest: digest };
  }
  const states = statesOf(votes);
  const judged = criteria.allOf.map((part, index) => judge(part, `all-of[${index}]`, states));
  const informing = criteria.informing.map((job, index) => {
    const seen = stateOf(job, states);
    return leaf(
      `informing[${index}]`,
      true,
      job,
      seen.state,
      seen.url,
      `${job}: ${words[seen.state]} (informing only)`,
    );
  });
  const answer = judged.some((part) => part.answer === 'no')
    ? 'no'
    : judged.every((part) => part.answer === 'yes')
      ? 'yes'
      : 'waiting';
  return {
    answer,
    fullHash,
    reasons: [...judged.flatMap((part) => part.reasons), ...informing],
    criteriaDigest: digest,
  };
}

interface Judged {
  readonly answer: Verdict['answer'];
  readonly reasons: readonly Reason[];
}

interface Seen {
  readonly state: JobState;
  readonly url: string | null;
}

const words: Readonly<Record<JobState, string>> = {
  success: 'succeeded',
  failure: 'failed',
  running: 'is running',
  missing: 'has not reported',
};

function judge(part: Criterion, path: string, states: ReadonlyMap<string, Seen>): Judged {
  if (typeof part === 'string') {
    const seen = stateOf(part, states);
    const answer = seen.state === 'success' ? 'yes' : seen.state === 'failure' ? 'no' : 'waiting';
    return {
      answer,
      reasons: [leaf(path, answer === 'yes', part, seen.state, seen.url, `${part} ${words[seen.state]}`)],
    };
  }
  const [name, needed, members] =
    'allOf' in part
      ? ['all-of', part.allOf.length, part.allOf]
      : 'anyOf' in part
        ? ['any-of', 1, part.anyOf]
        : ['at-least', part.atLeast, part.of];
  const judged = members.map((member, index) => judge(member, `${path}.${name}[${index}]`, states));
  const met = judged.filter((member) => member.answer === 'yes').length;
  const open = judged.filter((member) => member.answer === 'waiting').length;
  const reachable = met + open >= needed;
  const answer = members.length > 0 && met >= needed ? 'yes' : members.length > 0 && reachable ? 'waiting' : 'no';
  const text =
    members.length === 0
      ? 'this group of criteria is empty, and empty criteria never promote'
      : `${met} of ${members.length} succeeded, ${needed} needed${answer === 'no' ? ', and too few can still come' : ''}`;
  return {
    answer,
    reasons: [leaf(path, answer === 'yes', null, null, null, text), ...judged.flatMap((member) => member.reasons)],
  };
}

function statesOf(votes: readonly Vote[]): ReadonlyMap<string, Seen> {
  const rank: Readonly<Record<Vote['result'], number>> = { running: 0, failure: 1, success: 2 };
  const states = new Map<string, Seen>();
  for (const vote of votes) {
    const known = states.get(vote.job);
    if (known === undefined || known.state === 'missing' || rank[vote.result] >= rank[known.state]) {
      states.set(vote.job, { state: vote.result, url: vote.url === '' ? null : vote.url });
    }
  }
  return states;
}

function stateOf(job: string, states: ReadonlyMap<string, Seen>): Seen {
  return states.get(job) ?? { state: 'missing', url: null };
}

function leaf(
  path: string,
  met: boolean,
  job: string | null,
  state: JobState | null,
  url: string | null,
  text: string,
): Reason {
  return { path, met, job, state, url, text };
}
