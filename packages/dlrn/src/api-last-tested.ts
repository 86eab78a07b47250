import { fullHashOfCommit } from '@tagflow/model';
import { readVotes } from './api-votes.ts';
import { DlrnError } from './error.ts';
import { checkEcho, type Fields, fieldsOf, presentOf } from './fields.ts';
import {
  isWanted,
  judgeTested,
  type LastTested,
  lastTestedParameters,
  type LastTestedQuery,
  parseTested,
  type TestedBuild,
} from './last-tested.ts';
import type { Requests } from './requests.ts';

/** What was taken, and who will test it. */
export interface TakeQuery extends LastTestedQuery {
  /** The job that begins with the build: DLRN lists it as running on it, until it reports and after. */
  readonly reportingJob: string;
}

/** Finds the build that was tested last. DLRN knows that of single builds only, never of aggregates. */
export interface LastTestedApi {
  /** Returns the newest vote that was looked for, what DLRN took in its place, or null when there is no vote at all. */
  lastTested(query: LastTestedQuery): Promise<LastTested | null>;
  /**
   * Does the same and has DLRN note that another job begins with that build: a match is the running vote of that job.
   * Nothing is noted where there is no vote, or DLRN would take another one. A failure for which {@link isUnclear} holds
   * may have left a running vote; asking again leaves a second one, which says no more than the first.
   * @throws DlrnError `substituted` when DLRN took, and noted, another build than was there to find the moment before
   */
  takeLastTested(query: TakeQuery): Promise<LastTested | null>;
}

const path = '/api/last_tested_repo';

export function createLastTestedApi(requests: Requests): LastTestedApi {
  const lastTested: LastTestedApi['lastTested'] = async (query) => {
    const parameters = lastTestedParameters(query);
    const where = requests.urlOf(path, parameters);
    const row = await orNull(() => requests.get(path, parameters));
    return row === null ? null : judgeTested(query, fieldsOf(row, where), where);
  };

  const take = async (query: TakeQuery): Promise<TestedBuild | null> => {
    const where = `POST ${requests.urlOf(path)}`;
    const body = { ...presentOf(lastTestedParameters(query)), reporting_job_id: query.reportingJob };
    const answer = await orNull(() => requests.post(path, body));
    if (answer === null) return null;
    const row: Fields = fieldsOf(answer, where);
    checkEcho(row, { job_id: query.reportingJob, in_progress: true, success: false }, where);
    return parseTested(row, where);
  };

  /** Whether a build that DLRN took is one that was looked for: its answer names only the job that begins. */
  const isMatch = async (query: TakeQuery, taken: TestedBuild, seen: TestedBuild): Promise<boolean> => {
    const { build } = taken;
    if (fullHashOfCommit(build) === fullHashOfCommit(seen.build) && build.component === seen.build.component)
      return true;
    const votes = await readVotes(requests, { kind: 'commit', build });
    // The last of them is what DLRN noted just now.
    const noted = votes.findLastIndex((vote) => vote.job === query.reportingJob && vote.result === 'running');
    return votes.some((vote, index) => index !== noted && isWanted(query, build, vote));
  };

  return {
    lastTested,

    async takeLastTested(query) {
      // A look first, because the answer to taking does not show whose vote was found.
      const seen = await lastTested(query);
      if (seen?.kind !== 'match') return seen;
      const taken = await take(query);
      if (taken === null || (await isMatch(query, taken, seen.tested))) {
        return taken === null ? null : { kind: 'match', tested: taken };
      }
      throw new DlrnError(
        'substituted',
        `POST ${requests.urlOf(path)} took ${fullHashOfCommit(taken.build)} for ${query.reportingJob}, where no such ` +
          `vote is as was looked for; DLRN lists ${query.reportingJob} as running there from now on`,
        { next: `Have ${query.reportingJob} report on that build, or disregard that it runs.` },
      );
    },
  };
}

/** Returns null where DLRN says that there is no vote. */
async function orNull(ask: () => Promise<unknown>): Promise<unknown> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof DlrnError && error.code === 'nothing-there') return null;
    throw error;
  }
}
