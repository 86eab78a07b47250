import { type CommitBuild, fullHashOfCommit, parseCommitBuild, type Vote } from '@tagflow/model';
import { DlrnError } from './error.ts';
import { checkEcho, type Fields } from './fields.ts';
import type { Query } from './requests.ts';
import { parseVote } from './votes.ts';

/** Which vote is looked for: the newest, by the times that the reporters gave, that all given members hold of. */
export interface LastTestedQuery {
  /** How old the vote may be, in whole hours by the server's clock; 0: of any age. */
  readonly maxAgeHours: number;
  /** For DLRN a running job is one without success, also a row that it never took away when the job reported. */
  readonly success?: boolean;
  /** Of this job. Where it never voted, DLRN takes another vote. */
  readonly job?: string;
  /** Of this job, and nothing else when it never voted. Not together with `job`. */
  readonly sequentialAfter?: string;
  readonly component?: string;
}

/** A build, and the vote for whose sake it was found. */
export interface TestedBuild {
  readonly build: CommitBuild;
  readonly job: string;
  /** `running`: the job began and may not have reported. */
  readonly result: Vote['result'];
  /** Whole seconds since 1970, by the reporter's clock; of a running job by the server's. */
  readonly timestamp: number;
  readonly user: string | null;
}

/** What DLRN answered. Only a match is what was asked for. */
export type LastTested =
  | { readonly kind: 'match'; readonly tested: TestedBuild }
  /** Nothing of what was asked for is there, and DLRN took something else without saying so. */
  | { readonly kind: 'substitute'; readonly tested: TestedBuild; readonly reason: string };

/** DLRN votes by itself, with this name, on what `consistent` comes to name. Nobody has tested that. */
const ownJob = 'consistent';

/**
 * Returns a query's parameters as DLRN names them.
 * @throws DlrnError `bad-input` for an age that is no whole number of hours, and for two jobs
 */
export function lastTestedParameters(query: LastTestedQuery): Query {
  const { maxAgeHours, success, job, sequentialAfter, component } = query;
  if (!Number.isSafeInteger(maxAgeHours) || maxAgeHours < 0) {
    throw badInput(`maxAgeHours ${maxAgeHours} is not a whole number of hours, 0 or more`);
  }
  if (job !== undefined && sequentialAfter !== undefined) {
    throw badInput(`job ${job} and sequentialAfter ${sequentialAfter}: DLRN would leave out the first; give one`);
  }
  return {
    max_age: maxAgeHours,
    // A JSON boolean is a 500 on DLRN 0.26.1.
    success: success === undefined ? null : String(success),
    job_id: job ?? null,
    sequential_mode: sequentialAfter === undefined ? null : 'true',
    previous_job_id: sequentialAfter ?? null,
    component: component ?? null,
  };
}

/** Returns the build and the vote of an answer. */
export function parseTested(row: Fields, where: string): TestedBuild {
  const { job, result, timestamp, user } = parseVote(row, where);
  return { build: parseCommitBuild(row), job, result, timestamp, user };
}

/**
 * Compares an answer with the question.
 * @throws DlrnError `unexpected-answer` when it differs in what DLRN never gives up, the success
 */
export function judgeTested(query: LastTestedQuery, row: Fields, where: string): LastTested {
  if (query.success !== undefined) checkEcho(row, { success: query.success }, where);
  const tested = parseTested(row, where);
  const reason = reasonOf(query, tested);
  return reason === null ? { kind: 'match', tested } : { kind: 'substitute', tested, reason };
}

/** Tells whether a vote on a build is one that was looked for, whatever its age. */
export function isWanted(query: LastTestedQuery, build: CommitBuild, vote: Vote): boolean {
  const { job, result, timestamp, user } = vote;
  if (query.success !== undefined && query.success !== (result === 'success')) return false;
  return reasonOf(query, { build, job, result, timestamp, user }) === null;
}

function reasonOf(query: LastTestedQuery, { build, job }: TestedBuild): string | null {
  const of = query.job ?? query.sequentialAfter;
  const what = `${job} on ${fullHashOfCommit(build)}`;
  if (of !== undefined && job !== of) return `no such vote of ${of} is there; DLRN took that of ${what}`;
  if (of === undefined && job === ownJob) return `no job has voted; DLRN took its own vote, ${what}`;
  if (query.component !== undefined && build.component !== query.component) {
    return `no such vote in component ${query.component} is there; DLRN took ${what}, of component ${build.component}`;
  }
  return null;
}

function badInput(message: string): DlrnError {
  return new DlrnError('bad-input', `last tested repository: ${message}`, { outcome: 'invalid' });
}
