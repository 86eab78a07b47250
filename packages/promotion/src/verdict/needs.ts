import type { Criterion, Vote } from '@tagflow/model';
import { decide, jobsMatching, jobsOf, type Question } from './decide.ts';
import { type JobStates, readJobStates } from './job-states.ts';

/** One success that is lacking. */
export interface Result {
  /** Null: any job that the pattern means, and that has not voted yet, as often as the vote rule asks. */
  readonly job: string | null;
  /** The pattern, where the criteria have one; null for any job at all. */
  readonly matching: string | null;
}

/**
 * Returns the smallest set of further results that makes the answer yes, as far as results can: holds and freezes are
 * left out of the question. Empty when the criteria are met; null when no result helps, as with empty criteria.
 *
 * Of equally small sets it prefers what costs least: jobs that run already, then jobs that have not run, then those
 * that failed. Criteria name a job once; where a pattern means a job that is named as well, the set is still one from
 * which nothing can be taken away, though another may be smaller.
 */
export function smallestResults(question: Question): readonly Result[] | null {
  const asked: Question = { ...question, policy: question.policy.filter(({ kind }) => kind === 'waiver') };
  const { criteria } = asked;
  if (decide(asked).answer === 'yes') return [];
  if (criteria === 'none') return [];
  if (criteria.allOf.length === 0) return null;
  const bench = benchOf(asked, criteria);
  const ways = bench.all(criteria.allOf);
  const lacking = Math.max(0, (criteria.minimumJobs ?? 0) - bench.finished);
  // What brings a new job is free as long as jobs are lacking anyway.
  const total = (way: Way): number => way.old + Math.max(way.fresh, lacking);
  const best = ways.toSorted((a, b) => total(a) - total(b) || a.effort - b.effort)[0];
  if (best === undefined) return null;
  const completed = (more: Way): readonly Result[] => {
    const results = [...best.results, ...more.results];
    return [...results, ...bench.others(results)];
  };
  // Where waivers would stand for every test, one job more has to succeed, whichever costs least.
  const tested = bench.tests().map(completed);
  const sets = [completed(nothing), ...tested.toSorted((a, b) => a.length - b.length)];
  const enough = sets.find((results) => promotes(asked, results));
  return enough === undefined ? null : irredundant(asked, enough);
}

/** Returns the question as it would be with further successes. */
export function withResults(question: Question, results: readonly Result[]): Question {
  const times = runsOf(question);
  const added = results.flatMap(({ job, matching }, index): readonly Vote[] => {
    // A job of that name which nobody has: what the `*` stands for begins with a character that no job's name has.
    const name = job ?? (matching ?? '*').replaceAll('*', `\u0000${index}`);
    const vote: Vote = { job: name, result: 'success', timestamp: 0, url: '', notes: null, user: null };
    return job === null ? Array.from({ length: times }, () => vote) : [vote];
  });
  return { ...question, votes: [...question.votes, ...added] };
}

/** How often a job that has never run has to succeed. */
function runsOf({ criteria }: Question): number {
  const rule = criteria === 'none' ? undefined : criteria.votes;
  return typeof rule === 'object' ? rule.passes : 1;
}

function promotes(question: Question, results: readonly Result[]): boolean {
  return decide(withResults(question, results)).answer === 'yes';
}

function irredundant(question: Question, results: readonly Result[]): readonly Result[] {
  let kept = results;
  // By position: several results may be one and the same value. From the end, so that the positions before stay.
  for (let index = results.length - 1; index >= 0; index -= 1) {
    const others = kept.toSpliced(index, 1);
    if (promotes(question, others)) kept = others;
  }
  return kept;
}

/** One way to meet a part of the criteria. */
interface Way {
  /** Results that bring a job which has not finished on the hash. */
  readonly fresh: number;
  readonly old: number;
  /** Breaks ties; see {@link smallestResults}. */
  readonly effort: number;
  readonly results: readonly Result[];
}

const nothing: Way = { fresh: 0, old: 0, effort: 0, results: [] };
const effortOf = { success: 0, running: 0, missing: 1, failure: 2, unknown: 3 } as const;

interface Bench {
  /** How many different jobs have finished. */
  readonly finished: number;
  all(parts: readonly Criterion[]): readonly Way[];
  /** The results of further jobs that are lacking beside those chosen, where criteria ask for a number of jobs. */
  others(chosen: readonly Result[]): readonly Result[];
  /** What would make any one job of the criteria succeed, least effort first. */
  tests(): readonly Way[];
}

function benchOf(question: Question, criteria: Exclude<Question['criteria'], string>): Bench {
  const known = question.knownJobs;
  const states = readJobStates(question.votes, criteria.votes ?? 'any-success', known);
  const waived = new Set(
    question.policy.flatMap((entry) => (entry.kind === 'waiver' && question.now < entry.expires ? [entry.job] : [])),
  );
  const wayOfJob = (job: string): Way => (waived.has(job) ? nothing : succeeding(job, states));
  const waysOf = (part: Criterion): readonly Way[] => {
    if (typeof part === 'string') return [wayOfJob(part)];
    if ('matching' in part) {
      const jobs = jobsMatching(part.matching, states.voted, [...(known ?? []), ...waived]);
      const unheard: Way = {
        fresh: 1,
        old: runsOf(question) - 1,
        effort: effortOf.unknown,
        results: [{ job: null, matching: part.matching }],
      };
      const ways = [...jobs.map(wayOfJob), ...Array.from({ length: part.atLeast }, () => unheard)];
      return choose(
        ways.map((way) => [way]),
        part.atLeast,
      );
    }
    const [needed, members] =
      'allOf' in part ? [part.allOf.length, part.allOf] : 'anyOf' in part ? [1, part.anyOf] : [part.atLeast, part.of];
    return members.length === 0 ? [] : choose(members.map(waysOf), needed);
  };
  const finished = new Set(states.voted.filter((job) => states.of(job).hasFinished));
  return {
    finished: finished.size,
    all: (parts) => choose(parts.map(waysOf), parts.length),
    others(chosen) {
      const { names } = jobsOf(criteria);
      // A pattern may have chosen a job that is named as well: it finishes once.
      const then = new Set([...finished, ...chosen.map(({ job }, index) => job ?? index)]);
      const count = Math.max(0, (criteria.minimumJobs ?? 0) - then.size);
      const jobs = [...new Set([...names, ...[...(known ?? [])].sort()])].filter((job) => !then.has(job));
      return Array.from({ length: count }, (_, index) => ({ job: jobs[index] ?? null, matching: null }));
    },
    tests() {
      const { names, patterns } = jobsOf({ ...criteria, informing: [] });
      const meant = patterns.flatMap((pattern) => jobsMatching(pattern, states.voted, [...(known ?? []), ...waived]));
      const ways = [...new Set([...names, ...meant])].map((job) => succeeding(job, states));
      return ways.filter(({ results }) => results.length > 0).toSorted((a, b) => a.effort - b.effort);
    },
  };
}

function succeeding(job: string, states: JobStates): Way {
  const { state, lacks, hasFinished } = states.of(job);
  if (lacks === 0) return nothing;
  const fresh = hasFinished ? 0 : 1;
  return {
    ...{ fresh, old: lacks - fresh, effort: effortOf[state] },
    results: Array.from({ length: lacks }, () => ({ job, matching: null })),
  };
}

/** Returns the ways to meet so many of the parts, without those that another one is never worse than. */
function choose(parts: readonly (readonly Way[])[], needed: number): readonly Way[] {
  let byCount: readonly (readonly Way[])[] = [[nothing]];
  for (const ways of parts) {
    byCount = Array.from({ length: Math.min(byCount.length + 1, needed + 1) }, (_, count) => {
      const without = byCount[count] ?? [];
      const others = byCount[count - 1] ?? [];
      return best([...without, ...others.flatMap((other) => ways.map((way) => joined(other, way)))]);
    });
  }
  return byCount[needed] ?? [];
}

function joined(a: Way, b: Way): Way {
  return {
    fresh: a.fresh + b.fresh,
    old: a.old + b.old,
    effort: a.effort + b.effort,
    results: [...a.results, ...b.results],
  };
}

function best(ways: readonly Way[]): readonly Way[] {
  const kept: Way[] = [];
  const sorted = ways.toSorted((a, b) => a.old + a.fresh - (b.old + b.fresh) || a.old - b.old || a.effort - b.effort);
  for (const way of sorted) {
    const isWorse = kept.some(
      (one) => one.old <= way.old && one.old + one.fresh <= way.old + way.fresh && one.effort <= way.effort,
    );
    if (!isWorse) kept.push(way);
  }
  return kept;
}
