import type { JobState, Vote, VoteRule } from '@tagflow/model';

/** What the votes say of one job. */
export interface JobSeen {
  readonly state: JobState;
  /** Where the log of the vote that counts is; null where there is none. */
  readonly url: string | null;
  /** Whether it has finished at least once, however. */
  readonly hasFinished: boolean;
  /** How many further successes would make it succeed; 0 when it has. */
  readonly lacks: number;
  /** What it did, to stand after its name: `succeeded`, `has not reported`. */
  readonly words: string;
}

/** What the votes on one hash say, job by job. */
export interface JobStates {
  of(job: string): JobSeen;
  /** The jobs that voted, in the order of their first votes. */
  readonly voted: readonly string[];
}

/**
 * Returns what the votes on one hash say of each job. Votes are in the order in which they came; their timestamps are
 * of many clocks and decide nothing.
 * @param known jobs that were seen to vote on whatever hash; null where nobody remembers
 */
export function readJobStates(votes: readonly Vote[], rule: VoteRule, known: ReadonlySet<string> | null): JobStates {
  const byJob = Map.groupBy(votes, ({ job }) => job);
  const seen = new Map<string, JobSeen>();
  return {
    voted: [...byJob.keys()],
    of(job) {
      const before = seen.get(job);
      if (before !== undefined) return before;
      const own = byJob.get(job);
      const found = own === undefined ? silent(job, rule, known) : judge(own, rule);
      seen.set(job, found);
      return found;
    },
  };
}

const words: Readonly<Record<JobState, string>> = {
  success: 'succeeded',
  failure: 'failed',
  running: 'is running',
  missing: 'has not reported',
  unknown: 'has never been seen to vote: is its name right?',
};

function silent(job: string, rule: VoteRule, known: ReadonlySet<string> | null): JobSeen {
  const state = known === null || known.has(job) ? 'missing' : 'unknown';
  return { state, url: null, hasFinished: false, lacks: isCounting(rule) ? rule.passes : 1, words: words[state] };
}

function judge(votes: readonly Vote[], rule: VoteRule): JobSeen {
  const last = votes.at(-1) as Vote;
  const finished = votes.filter(({ result }) => result !== 'running');
  const seen = (state: JobState, vote: Vote, more: Partial<JobSeen> = {}): JobSeen => ({
    state,
    url: vote.url === '' ? null : vote.url,
    hasFinished: finished.length > 0,
    lacks: state === 'success' ? 0 : 1,
    words: words[state],
    ...more,
  });
  if (rule === 'latest') return seen(last.result, last);
  if (rule === 'any-success') {
    const success = finished.findLast(({ result }) => result === 'success');
    return success === undefined ? seen(last.result, last) : seen('success', success);
  }
  const recent = finished.slice(-rule.ofLast);
  const passed = recent.filter(({ result }) => result === 'success').length;
  const told = `${passed} of its last ${recent.length} runs succeeded, ${rule.passes} of ${rule.ofLast} needed`;
  if (passed >= rule.passes) return seen('success', last, { words: told });
  const lacks = successesLacking(recent, rule);
  if (last.result === 'running') return seen('running', last, { words: `is running (${told})`, lacks });
  // What still fits into the window may make up for what failed; after that a failure has to leave it first.
  const canReach = passed + (rule.ofLast - recent.length) >= rule.passes;
  return seen(canReach ? 'missing' : 'failure', last, { words: told, lacks });
}

function isCounting(rule: VoteRule): rule is Exclude<VoteRule, string> {
  return typeof rule !== 'string';
}

/** How many successes in a row bring enough of them into the window. */
function successesLacking(recent: readonly Vote[], { passes, ofLast }: Exclude<VoteRule, string>): number {
  for (let more = 1; more < passes; more += 1) {
    const window = recent.slice(Math.max(0, recent.length + more - ofLast));
    if (window.filter(({ result }) => result === 'success').length + more >= passes) return more;
  }
  return passes;
}
