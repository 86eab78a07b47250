import type { Api } from '@tagflow/http';
import type { AggregateHash, CommitBuild, Label, Log, Vote } from '@tagflow/model';
import { ParseError } from '@tagflow/model';
import { parseBaseUrl } from './base-url.ts';
import { DlrnError } from './error.ts';
import { checkEcho, type Fields, fieldsOf, optionalText, rowsOf } from './fields.ts';
import { newRowsOf } from './paging.ts';
import { groupPromotions, parsePromotion, type PromotedSet, type Promotion } from './promotions.ts';
import { createRequests, isUnclear, type Query, type RequestOptions } from './requests.ts';
import { describeTarget, dropStaleRunning, parseVote, targetFields, type VoteTarget } from './votes.ts';

export interface PromotionQuery {
  readonly label?: Label;
  readonly build?: CommitBuild;
  readonly aggregateHash?: AggregateHash;
  readonly component?: string;
  /** 1 to 100. */
  readonly limit: number;
  readonly offset?: number;
}

export interface Report {
  readonly job: string;
  readonly success: boolean;
  /** Where the log is. */
  readonly url: string;
  /** Whole seconds since 1970, by the reporter's clock. */
  readonly timestamp: number;
  readonly notes?: string;
}

/** One DLRN's API. Every answer is compared with the question; every failure is a {@link DlrnError}. */
export interface DlrnClient {
  /** The part before `/api/…`, without a slash at the end. */
  readonly apiUrl: string;
  /** Returns what the server says of itself, such as `ok`; with credentials it tells whether they are right. */
  health(options?: { readonly withCredentials?: boolean }): Promise<string>;
  /** One page of promotions, newest first; an empty list when there are none. */
  promotions(query: PromotionQuery): Promise<readonly Promotion[]>;
  /** What a label named, newest first, at most `limit` sets; with a component its builds, else aggregates or builds. */
  promotionsOf(
    label: Label,
    options: { readonly limit: number; readonly component?: string },
  ): Promise<readonly PromotedSet[]>;
  /** The votes in the order in which they came in, without «running» rows of jobs that have reported. */
  votes(target: VoteTarget): Promise<readonly Vote[]>;
  /** Adds one vote and returns it as DLRN lists it. */
  reportResult(target: VoteTarget, report: Report): Promise<Vote>;
  /** Gives one build a label. A failure for which {@link isUnclear} holds may have happened all the same. */
  promote(build: CommitBuild, label: Label): Promise<Promotion>;
  /** Gives the builds of several components a label at once. Returns the last row, which has the aggregate's hash. */
  promoteBatch(builds: readonly CommitBuild[], label: Label): Promise<Promotion>;
}

export interface DlrnClientOptions extends RequestOptions {
  /** Hears of rows that are left out because they are of an old form. */
  readonly log?: Pick<Log, 'warning'>;
}

const pageSize = 100;
const mostPages = 200;

/** Returns a client that works with DLRN 0.26.1 and with its development head. */
export function createDlrnClient(api: Api, options: DlrnClientOptions): DlrnClient {
  const requests = createRequests(api, options);

  const rows = async (query: PromotionQuery): Promise<readonly Fields[]> => {
    const parameters = queryOf(query);
    const where = requests.urlOf('/api/promotions', parameters);
    const found = rowsOf(await requests.get('/api/promotions', parameters), where);
    // Without a limit one DLRN sends 100 rows and another all; with one, none sends more than asked for.
    if (found.length > query.limit) {
      throw new DlrnError(
        'unexpected-answer',
        `${where} answered ${found.length} rows where at most ${query.limit} were asked for`,
      );
    }
    for (const row of found) checkEcho(row, askedAbout(query), where);
    return found;
  };

  // One row of an older form, once, blocked the promotions of a whole release elsewhere.
  const readable = (found: readonly Fields[]): readonly Promotion[] =>
    found.flatMap((row) => {
      try {
        return [parsePromotion(row, `${requests.urlOf('/api/promotions')}`)];
      } catch (error) {
        if (!(error instanceof ParseError)) throw error;
        options.log?.warning(
          `left out a promotion of ${JSON.stringify(row['promote_name'])} at DLRN: ${error.message}`,
        );
        return [];
      }
    });

  const votes = async (target: VoteTarget): Promise<readonly Vote[]> => {
    const path = target.kind === 'aggregate' ? '/api/agg_status' : '/api/repo_status';
    const asked = targetFields(target);
    const where = requests.urlOf(path, asked);
    const found = rowsOf(await requests.get(path, asked), where);
    for (const row of found) checkEcho(row, asked, where);
    return dropStaleRunning(found.map((row) => parseVote(row, where)));
  };

  const promotionFrom = (answer: unknown, build: CommitBuild, label: Label, path: string): Promotion => {
    const where = `POST ${requests.urlOf(path)}`;
    const row = fieldsOf(answer, where);
    checkEcho(row, { promote_name: label, ...targetFields({ kind: 'commit', build }) }, where);
    return parsePromotion(row, where);
  };

  return {
    apiUrl: parseBaseUrl(options.apiUrl, 'apiUrl'),

    async health({ withCredentials = false } = {}) {
      const answer = withCredentials ? await requests.post('/api/health', {}) : await requests.get('/api/health');
      const where = requests.urlOf('/api/health');
      const result = optionalText(fieldsOf(answer, where), 'result');
      if (result === null)
        throw new DlrnError('unexpected-answer', `${where} answered ${JSON.stringify(answer)}, no "result"`);
      return result;
    },

    async promotions(query) {
      return readable(await rows(query));
    },

    async promotionsOf(label, { limit, component }) {
      const base = { label, ...(component === undefined ? {} : { component }) };
      const byCommit = component !== undefined;
      const same = (a: Fields, b: Fields): boolean => JSON.stringify(a) === JSON.stringify(b);
      let collected: readonly Fields[] = [];
      for (let page = 0; page < mostPages; page += 1) {
        const offset = Math.max(0, collected.length - 1);
        const found = await rows({ ...base, limit: pageSize, offset });
        const fresh = newRowsOf(collected, found, same);
        if (fresh === null) {
          // More rows than a page holds were added meanwhile: begin again.
          collected = [];
          continue;
        }
        collected = [...collected, ...fresh];
        const sets = groupPromotions(readable(collected), byCommit);
        // The last batch is whole only when another one begins after it, or nothing follows.
        if (sets.length > limit || found.length < pageSize) return sets.slice(0, limit);
      }
      throw new DlrnError(
        'unexpected-answer',
        `${requests.urlOf('/api/promotions', queryOf({ ...base, limit }))} never ends`,
      );
    },

    votes,

    async reportResult(target, report) {
      const where = `POST ${requests.urlOf('/api/report_result')}`;
      const expected = { job_id: report.job, success: report.success, url: report.url, ...targetFields(target) };
      const body = {
        ...present(targetFields(target)),
        job_id: report.job,
        // A JSON boolean is a 500 on DLRN 0.26.1.
        success: report.success ? 'true' : 'false',
        url: report.url,
        timestamp: report.timestamp,
        ...(report.notes === undefined ? {} : { notes: report.notes }),
      };
      let failure: unknown = null;
      try {
        checkEcho(fieldsOf(await requests.post('/api/report_result', body), where), expected, where);
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

    async promote(build, label) {
      const body = { ...present(targetFields({ kind: 'commit', build })), promote_name: label };
      return promotionFrom(await requests.post('/api/promote', body), build, label, '/api/promote');
    },

    async promoteBatch(builds, label) {
      const last = builds.at(-1);
      if (last === undefined) {
        throw new DlrnError('bad-input', `nothing to promote to ${label}: the list of builds is empty`, {
          outcome: 'invalid',
        });
      }
      const body = builds.map((build) => ({
        ...present(targetFields({ kind: 'commit', build })),
        promote_name: label,
      }));
      return promotionFrom(await requests.post('/api/promote-batch', body), last, label, '/api/promote-batch');
    },
  };
}

function queryOf(query: PromotionQuery): Query {
  return {
    promote_name: query.label ?? null,
    commit_hash: query.build?.commitHash ?? null,
    distro_hash: query.build?.distroHash ?? null,
    extended_hash: query.build?.extendedHash ?? null,
    aggregate_hash: query.aggregateHash ?? null,
    component: query.component ?? null,
    limit: query.limit,
    offset: query.offset === undefined || query.offset === 0 ? null : query.offset,
  };
}

function askedAbout(query: PromotionQuery): Fields {
  const { limit: _limit, offset: _offset, ...asked } = queryOf(query);
  return present(asked);
}

function present<Value>(fields: Readonly<Record<string, Value | null>>): Record<string, Value> {
  const kept: Record<string, Value> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== null) kept[name] = value;
  return kept;
}
