import type { Vote } from '@tagflow/model';
import { DlrnError } from './error.ts';
import { checkEcho, fieldsOf, presentOf, rowsOf } from './fields.ts';
import { isUnclear, type Requests } from './requests.ts';
import { describeTarget, dropStaleRunning, parseVote, targetFields, type VoteTarget } from './votes.ts';

/** What one job says of a hash. */
export interface Report {
  readonly job: string;
  readonly success: boolean;
  /** Where the log is. */
  readonly url: string;
  /** Whole seconds since 1970, by the reporter's clock. */
  readonly timestamp: number;
  readonly notes?: string;
}

/** Reads and gives votes. */
export interface VotesApi {
  /**
   * Returns the votes in the order in which they came in, without «running» rows of jobs that have reported.
   * @param options `success`: only votes that say so. A running job is neither a success nor a failure, though DLRN
   * counts it as one
   * @throws DlrnError `nothing-there` for a build that DLRN does not know; an unknown aggregate has no votes
   */
  votes(target: VoteTarget, options?: { readonly success?: boolean }): Promise<readonly Vote[]>;
  /**
   * Adds one vote and returns it as DLRN lists it, read back also when DLRN's answer was unclear.
   * @throws DlrnError `nothing-there` for an unknown build, and for an aggregate that was never promoted
   */
  reportResult(target: VoteTarget, report: Report): Promise<Vote>;
}

export function createVotesApi(requests: Requests): VotesApi {
  const votes: VotesApi['votes'] = async (target, { success } = {}) => {
    const rows = await readVotes(requests, target, success);
    return success === undefined ? dropStaleRunning(rows) : rows.filter((vote) => vote.result !== 'running');
  };

  return {
    votes,

    async reportResult(target, report) {
      const where = `POST ${requests.urlOf('/api/report_result')}`;
      const subject = targetFields(target);
      const body = {
        ...presentOf(subject),
        job_id: report.job,
        // A JSON boolean is a 500 on DLRN 0.26.1.
        success: String(report.success),
        url: report.url,
        timestamp: report.timestamp,
        ...(report.notes === undefined ? {} : { notes: report.notes }),
      };
      let failure: unknown = null;
      try {
        const answer = fieldsOf(await requests.post('/api/report_result', body), where);
        checkEcho(answer, { job_id: report.job, success: report.success, url: report.url, ...subject }, where);
      } catch (error) {
        if (!isUnclear(error)) throw error;
        failure = error;
      }
      const wanted = report.success ? 'success' : 'failure';
      const listed = (await votes(target)).findLast(
        (vote) =>
          vote.job === report.job &&
          vote.result === wanted &&
          vote.timestamp === report.timestamp &&
          vote.url === report.url,
      );
      if (listed !== undefined) return listed;
      throw (
        failure ??
        new DlrnError(
          'unexpected-answer',
          `${where} took the vote of ${report.job} on ${describeTarget(target)}, and does not list it`,
        )
      );
    },
  };
}

/** Returns all rows as DLRN lists them, oldest first, stale ones too. */
export async function readVotes(requests: Requests, target: VoteTarget, success?: boolean): Promise<readonly Vote[]> {
  const path = target.kind === 'aggregate' ? '/api/agg_status' : '/api/repo_status';
  const asked = targetFields(target);
  const query = { ...asked, success: success === undefined ? null : String(success) };
  const where = requests.urlOf(path, query);
  const rows = rowsOf(await requests.get(path, query), where);
  for (const row of rows) checkEcho(row, { ...asked, ...(success === undefined ? {} : { success }) }, where);
  return rows.map((row) => parseVote(row, where));
}
