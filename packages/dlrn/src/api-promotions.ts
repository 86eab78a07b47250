import type { AggregateHash, CommitBuild, Label, Log } from '@tagflow/model';
import { ParseError } from '@tagflow/model';
import { DlrnError } from './error.ts';
import { checkEcho, type Fields, presentOf, rowsOf } from './fields.ts';
import type { LabelPlace } from './label-place.ts';
import { readRows } from './paging.ts';
import { createGrouping, parsePromotion, type PromotedSet, type Promotion } from './promotions.ts';
import type { Query, Requests } from './requests.ts';
import { targetFields } from './votes.ts';

/** Which promotions are wanted: those that all given members hold of. */
export interface PromotionQuery {
  readonly label?: Label;
  /**
   * Of this very build. Without an extended hash DLRN looks for the newest build of the two others, and an answer about
   * one that has an extended hash is an error here.
   */
  readonly build?: CommitBuild;
  /** Finds the one row of a batch that has it, not all of the batch. */
  readonly aggregateHash?: AggregateHash;
  readonly component?: string;
  /** 1 to 100. */
  readonly limit: number;
  /** How many of the newest to leave out. Default 0. */
  readonly offset?: number;
}

/** Reads what labels were given to. */
export interface PromotionsApi {
  /**
   * Returns one page of promotions, newest first; an empty list when there are none.
   * @throws DlrnError `nothing-there` for a build that DLRN does not know, `bad-input` for a limit that it does not keep
   */
  promotions(query: PromotionQuery): Promise<readonly Promotion[]>;
  /**
   * Yields what a label named, newest first: with a component its builds, else aggregates or builds. Pages are read when
   * their sets are wanted, so that whoever stops at the set that it looked for has read no more than that. Sets that are
   * added meanwhile do not come. A row of an old form is left out, with a warning.
   */
  promotionPages(label: Label, place?: LabelPlace): AsyncGenerator<PromotedSet, void>;
  /** Returns the first `limit` sets of {@link PromotionsApi.promotionPages}; an empty list when there are none. */
  promotionsOf(label: Label, options: LabelPlace & { readonly limit: number }): Promise<readonly PromotedSet[]>;
}

const path = '/api/promotions';
// One DLRN sends at most as many, whatever is asked for, and another all when nothing is asked for.
const pageSize = 100;

/** @param log hears of rows that are left out because they are of an old form */
export function createPromotionsApi(requests: Requests, log: Pick<Log, 'warning'> | undefined): PromotionsApi {
  const rowsFor = async (query: PromotionQuery): Promise<readonly Fields[]> => {
    const parameters = queryOf(query);
    const where = requests.urlOf(path, parameters);
    const found = rowsOf(await requests.get(path, parameters), where);
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
  const readable = (row: Fields): Promotion | null => {
    try {
      return parsePromotion(row, requests.urlOf(path));
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      log?.warning(`left out a promotion of ${JSON.stringify(row['promote_name'])} at DLRN: ${error.message}`);
      return null;
    }
  };

  async function* promotionPages(label: Label, place: LabelPlace = {}): AsyncGenerator<PromotedSet, void> {
    const query = { label, ...place, limit: pageSize };
    const rows = readRows({
      pageSize,
      readPage: (offset) => rowsFor({ ...query, offset }),
      where: requests.urlOf(path, queryOf(query)),
    });
    const grouping = createGrouping(place.component !== undefined);
    for await (const row of rows) yield* grouping.add(readable(row));
    yield* grouping.end();
  }

  return {
    async promotions(query) {
      checkRange(query);
      return (await rowsFor(query)).flatMap((row) => readable(row) ?? []);
    },

    promotionPages,

    async promotionsOf(label, { limit, ...place }) {
      const sets: PromotedSet[] = [];
      if (limit <= 0) return sets;
      for await (const set of promotionPages(label, place)) if (sets.push(set) >= limit) break;
      return sets;
    },
  };
}

function checkRange({ limit, offset = 0 }: PromotionQuery): void {
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= pageSize && Number.isSafeInteger(offset) && offset >= 0) {
    return;
  }
  throw new DlrnError(
    'bad-input',
    `promotions from ${offset} on, at most ${limit}: DLRN keeps whole limits from 1 to ${pageSize}, and whole offsets from 0`,
    { outcome: 'invalid', next: 'To read more, use promotionPages.' },
  );
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
  const build = query.build === undefined ? {} : targetFields({ kind: 'commit', build: query.build });
  return { ...presentOf(asked), ...build };
}
