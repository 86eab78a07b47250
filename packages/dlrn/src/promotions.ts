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

/**
 * Returns the sets that rows of one label stand for, newest first. In classic mode, and for a component's own label,
 * every row is a set. Else a row with an aggregate hash opens a batch, and the rows before it in time that have none
 * belong to it: DLRN gives the hash to the last row of a batch only. Rows that belong to no batch are left out (a batch
 * of several labels writes an aggregate for the last label alone).
 * @param rows newest first, of one label
 * @param byCommit whether each row counts by its commit even where it has an aggregate
 */
export function groupPromotions(rows: readonly Promotion[], byCommit: boolean): readonly PromotedSet[] {
  const sets: { fullHash: FullHash; promotions: Promotion[]; timestamp: number }[] = [];
  for (const row of rows) {
    const { aggregateHash, build, timestamp } = row;
    const last = sets.at(-1);
    if (byCommit || build.component === null) {
      sets.push({ fullHash: fullHashOfCommit(build), promotions: [row], timestamp });
    } else if (aggregateHash !== null) {
      sets.push({ fullHash: aggregateHash, promotions: [row], timestamp });
    } else if (last !== undefined && belongs(row, last.promotions)) {
      last.promotions.push(row);
    }
  }
  return sets;
}

function belongs(row: Promotion, batch: readonly Promotion[]): boolean {
  const newer = batch.at(-1);
  return newer !== undefined && newer.user === row.user && newer.timestamp - row.timestamp <= 2;
}
