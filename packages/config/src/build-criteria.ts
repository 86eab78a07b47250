import type { Criteria, Criterion, VoteRule } from '@tagflow/model';
import type { RawCriteria, RawCriterion } from './schema-criteria.ts';

type Alternatives = NonNullable<RawCriteria['alternatives']>;

/**
 * Returns the typed criteria of those that were checked. A job that has alternatives becomes the group of which one is
 * enough, so that whoever judges needs to know of groups only. What is not written stays absent.
 */
export function buildCriteria(raw: RawCriteria): Criteria {
  const { votes, 'minimum-jobs': minimumJobs } = raw;
  return {
    allOf: raw['all-of'].map((part) => buildCriterion(part, raw.alternatives ?? {})),
    informing: raw.informing,
    ...(votes === undefined ? {} : { votes: buildVotes(votes) }),
    ...(minimumJobs === undefined ? {} : { minimumJobs }),
  };
}

function buildCriterion(raw: RawCriterion, alternatives: Alternatives): Criterion {
  const build = (list: readonly RawCriterion[] | undefined): readonly Criterion[] =>
    (list ?? []).map((part) => buildCriterion(part, alternatives));
  if (typeof raw === 'string') {
    // A job may be named like something that every object has.
    const others = Object.hasOwn(alternatives, raw) ? alternatives[raw] : undefined;
    return others === undefined ? raw : { anyOf: [raw, ...others] };
  }
  if (raw.matching !== undefined) return { matching: raw.matching, atLeast: raw['at-least'] ?? 1 };
  if (raw['all-of'] !== undefined) return { allOf: build(raw['all-of']) };
  if (raw['any-of'] !== undefined) return { anyOf: build(raw['any-of']) };
  return { atLeast: raw['at-least'] ?? 1, of: build(raw.of) };
}

function buildVotes(raw: NonNullable<RawCriteria['votes']>): VoteRule {
  if (typeof raw !== 'string') return { passes: raw.passes, ofLast: raw['of-last'] };
  return raw === 'latest' ? 'latest' : 'any-success';
}
