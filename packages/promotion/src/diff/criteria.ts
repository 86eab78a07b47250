import { canonicalJson, type Criteria, type Criterion, type Informing, type PolicyEntry } from '@tagflow/model';
import { type Changes, diffKeyed, diffTexts, type FromTo, isUnchanged } from './keyed.ts';
import type { PromotionFacts } from './set-details.ts';

type Texts = Pick<Changes<string, never>, 'added' | 'removed'>;

/** What became of the criteria by which two sets were promoted, and which waivers that took. */
export interface CriteriaChange {
  /** Jobs that are required, on their own or in a group. */
  readonly jobs: Texts;
  /** Groups and patterns, in words. */
  readonly rules: Texts;
  readonly informing: Texts;
  /** Which vote of a job counts; null where that is the same. */
  readonly votes: FromTo<string> | null;
  readonly minimumJobs: FromTo<number> | null;
  /** By id. */
  readonly waivers: Changes<PolicyEntry, FromTo<PolicyEntry>>;
  /** The criteria themselves; null where they are the same. */
  readonly whole: FromTo<Criteria> | null;
}

type Judged = Pick<PromotionFacts, 'criteria' | 'waivers'>;

/** Returns what became of the criteria. */
export function diffCriteria(from: Judged, to: Judged): CriteriaChange {
  const [before, after] = [partsOf(from.criteria), partsOf(to.criteria)];
  const pair = <Value>(one: Value, other: Value): FromTo<Value> | null =>
    canonicalJson(one) === canonicalJson(other) ? null : { from: one, to: other };
  return {
    jobs: diffTexts(before.jobs, after.jobs),
    rules: diffTexts(before.rules, after.rules),
    informing: diffTexts(before.informing, after.informing),
    votes: pair(before.votes, after.votes),
    minimumJobs: pair(before.minimumJobs, after.minimumJobs),
    waivers: diffKeyed(
      from.waivers,
      to.waivers,
      ({ id }) => id,
      (one, other) => canonicalJson(one) === canonicalJson(other),
      (one, other) => ({ from: one, to: other }),
    ),
    whole: pair(from.criteria, to.criteria),
  };
}

/** Tells whether both sets were promoted by the same criteria, with the same waivers. */
export function isSameCriteria({ whole, waivers }: CriteriaChange): boolean {
  return whole === null && isUnchanged(waivers);
}

interface Parts {
  readonly jobs: readonly string[];
  readonly rules: readonly string[];
  readonly informing: readonly string[];
  readonly votes: string;
  readonly minimumJobs: number;
}

function partsOf(criteria: Criteria): Parts {
  if (criteria === 'none')
    return { jobs: [], rules: ['none: no job is asked'], informing: [], votes: '', minimumJobs: 0 };
  const { allOf, informing, votes = 'any-success', minimumJobs = 1 } = criteria;
  return {
    jobs: allOf.flatMap(jobsOf),
    rules: allOf.filter((one) => typeof one !== 'string').map(describeCriterion),
    informing: informing.map(describeInforming),
    votes: typeof votes === 'string' ? votes : `${votes.passes} of the last ${votes.ofLast}`,
    minimumJobs,
  };
}

function jobsOf(criterion: Criterion): readonly string[] {
  if (typeof criterion === 'string') return [criterion];
  if ('matching' in criterion) return [];
  return membersOf(criterion).flatMap(jobsOf);
}

function membersOf(group: Exclude<Criterion, string | { readonly matching: string }>): readonly Criterion[] {
  return 'allOf' in group ? group.allOf : 'anyOf' in group ? group.anyOf : group.of;
}

/** Returns a criterion in words, such as `any of (job-a, job-b)`. */
function describeCriterion(criterion: Criterion): string {
  if (typeof criterion === 'string') return criterion;
  if ('matching' in criterion) return `at least ${criterion.atLeast} of the jobs ${criterion.matching}`;
  const how = 'allOf' in criterion ? 'all of' : 'anyOf' in criterion ? 'any of' : `at least ${criterion.atLeast} of`;
  return `${how} (${membersOf(criterion).map(describeCriterion).join(', ')})`;
}

function describeInforming(informing: Informing): string {
  return typeof informing === 'string' ? informing : `the jobs ${informing.matching}`;
}
