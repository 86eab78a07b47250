import {
  type AggregateHash,
  type CommitBuild,
  type FullHash,
  fullHashOfCommit,
  parseAggregateHash,
  parseCommitBuild,
} from '@tagflow/model';
import { type Fields, optionalText, secondsField, textField } from './fields.ts';

/** One row of DLRN's promotions: a build got a label. Promoting the same again adds another row. */
export interface Promotion {
  readonly label: string;
  readonly build: CommitBuild;
  /** What the label's aggregate became. Of a batch only the newest row has it; in classic mode no row. */
  readonly aggregateHash: AggregateHash | null;
  /** The directory of the build, as the server calls itself. */
  readonly repoUrl: string | null;
  /** Whole seconds since 1970, by the server's clock. Rows of one batch can differ by one. */
  readonly timestamp: number;
  readonly user: string | null;
}

/** What a label named after one promotion or batch. */
export interface PromotedSet {
  readonly fullHash: FullHash;
  /** Newest first. Of an aggregate these are the builds that this batch moved, which need not be all it consists of. */
  readonly promotions: readonly Promotion[];
  readonly timestamp: number;
}

/** Returns a promotion from one row of an answer. @throws an error when a hash or a time is not one. */
export function parsePromotion(row: Fields, where: string): Promotion {
  const aggregate = row['aggregate_hash'] ?? null;
  return {
    label: textField(row, 'promote_name', where),
    build: parseCommitBuild(row),
    aggregateHash:
      aggregate === null
        ? null
        : parseAggregateHash(textField(row, 'aggregate_hash', where), `${where}: aggregate_hash`),
    repoUrl: optionalText(row, 'repo_url'),
    timestamp: secondsField(row, 'timestamp', where),
    user: optionalText(row, 'user'),
  };
}

/** Makes sets of the rows of one label, as they come. */
export interface PromotionGrouping {
  /** Takes the next older row, null for one that cannot be read, and returns the sets that are whole now. */
  add(row: Promotion | null): readonly PromotedSet[];
  /** Returns the set that was not whole yet: no older row follows. */
  end(): readonly PromotedSet[];
}

/**
 * Returns what makes sets of rows. In classic mode, and for a component's own label, every row is a set. Else a row with
 * an aggregate hash opens a batch, and the rows before it in time that have none belong to it: DLRN gives the hash to
 * the last row of a batch only. A component that was promoted alone is a row with a hash, and thus a set of one row.
 * Rows that belong to no batch are left out (a batch of several labels writes an aggregate for the last label alone).
 * @param byCommit whether each row counts by its commit even where it has an aggregate
 */
export function createGrouping(byCommit: boolean): PromotionGrouping {
  let batch: { readonly fullHash: FullHash; readonly promotions: Promotion[]; readonly timestamp: number } | null =
    null;

  const close = (): readonly PromotedSet[] => {
    const whole = batch;
    batch = null;
    return whole === null ? [] : [whole];
  };

  return {
    add(row) {
      if (row === null) return close();
      const { aggregateHash, build, timestamp } = row;
      if (byCommit || build.component === null) {
        return [...close(), { fullHash: fullHashOfCommit(build), promotions: [row], timestamp }];
      }
      if (aggregateHash !== null) {
        const whole = close();
        batch = { fullHash: aggregateHash, promotions: [row], timestamp };
        return whole;
      }
      if (batch === null || !belongs(row, batch.promotions)) return close();
      batch.promotions.push(row);
      return [];
    },
    end: close,
  };
}

function belongs(row: Promotion, batch: readonly Promotion[]): boolean {
  const newer = batch.at(-1);
  return (
    newer !== undefined &&
    newer.user === row.user &&
    // DLRN takes the time of each row by itself. A clock may be set back meanwhile.
    Math.abs(newer.timestamp - row.timestamp) <= 2 &&
    // A label names one build of a component: another one is of something else, or was promoted over.
    !batch.some(({ build }) => build.component === row.build.component)
  );
}
