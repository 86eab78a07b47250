import type { FullHash, JobState } from '@tagflow/model';
import { countText } from '../diff/words.ts';
import type { LackingJob, LabelAnswer, OpenPromotion, Since, Standing, Stop, UsedWaiver } from './types.ts';

/** Returns a moment for people: `2026-01-05 08:00 UTC`. */
export function momentText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Returns a span of time for people, in its largest unit: `4 days`, `5 h`, `12 min`. */
export function spanText(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 1) return '0 min';
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h`;
  return countText(Math.floor(minutes / (24 * 60)), 'day');
}

/** Returns since when something is so, and how long that is. */
export function sinceText(at: number, now: number): string {
  return `since ${momentText(at)} (${spanText(now - at)})`;
}

/** Returns until when an entry counts, and how long that is. */
function untilText({ expires }: Pick<Stop, 'expires'>, now: number): string {
  return `until ${momentText(expires)} (${spanText(expires - now)} left)`;
}

/** Returns since when a label's answer is what it is, and who says so. */
export function answeredText({ at, source }: Since, now: number): string {
  if (at === null) return 'nobody knows: no promoter has noted this answer yet';
  const since = `${momentText(at)} (${spanText(now - at)})`;
  if (source === 'ledger') return `${since}, as the ledger noted`;
  return source === 'candidate' ? `${since}, when it became a candidate` : since;
}

const states: Readonly<Record<JobState, string>> = {
  success: 'succeeded, and not often enough',
  failure: 'failed',
  running: 'runs',
  missing: 'has not reported',
  unknown: 'was never seen to vote anywhere',
};

/** Returns what a job that is lacking did, and what somebody can do about it. */
export function lackingText(job: LackingJob, now: number): string {
  const { state, reported, times, toDo } = job;
  const when = reported === null || (state !== 'failure' && state !== 'running') ? '' : agoText(state, now - reported);
  const often = times > 1 ? `; ${times} successes are lacking` : '';
  const did = state === null ? '' : `${states[state]}${when}${often}: `;
  const ask = job.owner ?? 'its owner (owners: names none)';
  const advice: Readonly<Record<LackingJob['toDo'], string>> = {
    wait: `wait; if it hangs, ask ${ask}`,
    run: `wait, or run it on this hash; else ask ${ask}`,
    'run-again': `run it again on this hash, or ask ${ask} to mend it`,
    'check-name': `is the name in the criteria right? If so, run it, or ask ${ask}`,
    'run-any': `run one that has not voted on this hash${job.owner === null ? '' : `, or ask ${job.owner}`}`,
  };
  return `${did}${advice[toDo]}`;
}

function agoText(state: JobState, ms: number): string {
  return state === 'running' ? ` for ${spanText(ms)}` : ` ${spanText(ms)} ago`;
}

/** Returns what a lacking result is called. */
export function lackingName({ job, matching }: LackingJob): string {
  return job ?? (matching === null ? 'any other job' : `any other job like ${matching}`);
}

/** Returns who uses which waiver until when, and why. */
export function waiverText(waiver: UsedWaiver, now: number): string {
  const { job, owner, reason, bug } = waiver;
  return `${job}, by ${owner} ${untilText(waiver, now)}: ${reason}${bug === null ? '' : ` (${bug})`}`;
}

/** Returns who stops something until when, why, and where that is written. */
export function stopText(stop: Stop, now: number): string {
  const { id, owner, reason, bug, where } = stop;
  return `by ${owner} ${untilText(stop, now)}: ${reason}${bug === null ? '' : ` (${bug})`}; ${id}, ${where}`;
}

/** Returns what is known of a promotion that has not ended. */
export function openText({ id, mode, toHash, actor, begun, heard, state }: OpenPromotion, now: number): string {
  const since = begun === null ? '' : `, begun ${momentText(begun)}`;
  const last = heard === null ? '' : `, last heard of ${spanText(now - heard)} ago`;
  return `${state}: ${mode} ${id} to ${shortHash(toHash)} by ${actor}${since}${last}`;
}

/** Returns the beginning of a hash, by which people know it again. */
export function shortHash(hash: FullHash): string {
  return hash.slice(0, 12);
}

/** The answers as people read them. */
export const answers: Readonly<Record<LabelAnswer, string>> = {
  'moves-now': 'MOVES NOW',
  waiting: 'WAITING',
  blocked: 'BLOCKED',
  held: 'HELD',
  frozen: 'FROZEN',
  running: 'RUNNING',
  'half-done': 'HALF-DONE',
  'nothing-newer': 'UP TO DATE',
  'no-candidate': 'NO CANDIDATE',
};

/** What a hash is to a label, as people read it. */
export const standings: Readonly<Record<Standing, string>> = {
  'named-now': 'NAMED NOW',
  left: 'NAMED BEFORE',
  candidate: 'CANDIDATE',
  older: 'TOO OLD',
  obstructed: 'MUST NOT MOVE',
  'never-candidate': 'NEVER A CANDIDATE',
  'not-candidate-now': 'NO CANDIDATE NOW',
  'not-here': 'NOT HERE',
};
