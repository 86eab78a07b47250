import type { Freeze, Hold, PolicyEntry, Verdict, VerdictNote, Vote } from '@tagflow/model';
import { decide, type Question } from '../verdict/decide.ts';
import { readJobStates } from '../verdict/job-states.ts';
import { type Result, smallestResults, withResults } from '../verdict/needs.ts';
import type { CandidateExplanation, LackingJob, Since, Stop, ToDo, UsedWaiver } from './types.ts';

/** What is to be known of a candidate. */
export interface CandidateFacts {
  readonly question: Question;
  /** See `obstacleTo`. */
  readonly obstacle: string | null;
  /** What was decided about it before, oldest first. */
  readonly notes: readonly VerdictNote[];
  /** When the candidate label first named it, in milliseconds since 1970; null where nobody says. */
  readonly named: number | null;
}

/** Who answers for a job. */
export interface JobFacts {
  ownerOf(job: string): string | null;
  /** Whether the phase's own tests run it. */
  runsHere(job: string): boolean;
}

/** Returns what keeps a hash from a label, and what would help. Pure. */
export function explainCandidate(facts: CandidateFacts, jobs: JobFacts): CandidateExplanation {
  const { question, notes, named, obstacle } = facts;
  const active = question.policy.filter(({ expires }) => question.now < expires);
  // Holds and freezes are told apart from what the votes say, so that who lifts one sees what comes then.
  const byVotes: Question = { ...question, policy: active.filter(({ kind }) => kind === 'waiver') };
  const { answer, reasons, waivers } = decide(byVotes);
  const smallest = smallestResults(byVotes);
  const needed = smallest === null ? waivers : decide(withResults(byVotes, smallest)).waivers;
  const asked = new Map(reasons.filter(({ kind }) => kind === 'job').map(({ job, state }) => [job, state]));
  return {
    fullHash: question.fullHash,
    answer,
    since: sinceWhen(decide(question).answer, notes, named),
    named,
    jobs: { all: asked.size, succeeded: [...asked.values()].filter((state) => state === 'success').length },
    lacking: smallest === null ? null : lackingJobs(smallest, question, jobs),
    waivers: active.flatMap((entry) => (entry.kind === 'waiver' && needed.includes(entry.id) ? [used(entry)] : [])),
    holds: active.filter((entry) => entry.kind === 'hold').map(stopOf),
    obstacle,
    otherReasons:
      smallest === null ? reasons.filter(({ met, job }) => !met && job === null).map(({ text }) => text) : [],
  };
}

/**
 * Returns since when a hash has had this answer: when that was first noted and nothing else since; for a hash that
 * nobody has judged before, since it is a candidate.
 */
function sinceWhen(answer: Verdict['answer'], notes: readonly VerdictNote[], named: number | null): Since {
  const other = notes.findLastIndex(({ verdict }) => verdict.answer !== answer);
  const first = notes[other + 1];
  if (first !== undefined) return { at: first.at, source: 'ledger' };
  return notes.length === 0 && named !== null ? { at: named, source: 'candidate' } : { at: null, source: 'unknown' };
}

function lackingJobs(results: readonly Result[], question: Question, jobs: JobFacts): readonly LackingJob[] {
  const groups = Map.groupBy(results, ({ job, matching }) => `${job ?? ''} ${matching ?? ''}`);
  const rule = question.criteria === 'none' ? undefined : question.criteria.votes;
  const states = readJobStates(question.votes, rule ?? 'any-success', question.knownJobs);
  return [...groups.values()].flatMap((group): LackingJob[] => {
    const [first] = group;
    if (first === undefined) return [];
    const { job, matching } = first;
    const common = { job, matching, times: group.length };
    if (job === null) {
      const owner = matching === null ? null : jobs.ownerOf(matching);
      return [{ ...common, state: null, reported: null, url: null, owner, toDo: 'run-any', isOurs: false }];
    }
    const { state, url } = states.of(job);
    return [
      {
        ...common,
        ...{ state, url, reported: reportedAt(question.votes, job), owner: jobs.ownerOf(job) },
        ...{ toDo: toDoOf(state), isOurs: jobs.runsHere(job) },
      },
    ];
  });
}

function toDoOf(state: LackingJob['state']): ToDo {
  if (state === 'running') return 'wait';
  if (state === 'unknown') return 'check-name';
  return state === 'missing' ? 'run' : 'run-again';
}

/** Returns when a job voted last, in milliseconds since 1970, by its own clock; null where it did not say. */
export function reportedAt(votes: readonly Vote[], job: string): number | null {
  const last = votes.findLast((vote) => vote.job === job);
  return last === undefined || last.timestamp <= 0 ? null : last.timestamp * 1000;
}

function used({ id, job, owner, reason, bug, expires, where }: Extract<PolicyEntry, { kind: 'waiver' }>): UsedWaiver {
  return { id, job, owner, reason, bug, expires, where };
}

/** Returns a hold or a freeze with what ends it before its time. */
export function stopOf(entry: Hold | Freeze): Stop {
  const { kind, id, owner, reason, bug, expires, where } = entry;
  return { kind, id, owner, reason, bug, expires, where, lift: liftOf(entry) };
}

// What a rollback left is in the ledger, and in no file that somebody could edit.
function liftOf({ kind, id, where }: Hold | Freeze): string {
  const ends = isLeftByRollback(id) ? `tagflow policy --lift ${id} --reason WHY` : `take it out of ${where}`;
  return kind === 'hold' ? ends : `${ends}, or move the label by hand: promote-symlink with --reason`;
}

/** Returns whether a rollback left a hold or a freeze, by its id. */
export function isLeftByRollback(id: string): boolean {
  return id.startsWith('rollback-');
}

/** Returns the candidate that lacks the fewest results of those that nothing stops, the newest of several; else the newest. */
export function nearestOf(candidates: readonly CandidateExplanation[]): CandidateExplanation | null {
  const free = candidates.filter(isFree);
  const sorted = free.toSorted((a, b) => countLacking(a) - countLacking(b));
  return sorted[0] ?? candidates[0] ?? null;
}

/** Returns whether nothing but results keeps a hash from the label. */
export function isFree({ holds, obstacle }: CandidateExplanation): boolean {
  return holds.length === 0 && obstacle === null;
}

/** Returns how many results a candidate lacks; Infinity where none would help. */
export function countLacking({ lacking }: CandidateExplanation): number {
  return lacking === null ? Infinity : lacking.reduce((sum, { times }) => sum + times, 0);
}
