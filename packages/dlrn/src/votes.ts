import { type AggregateHash, type CommitBuild, type FullHash, isAggregate, type Vote } from '@tagflow/model';
import { DlrnError } from './error.ts';
import { booleanField, type Fields, optionalText, secondsField, textField } from './fields.ts';

/** What a vote is about. Votes on an aggregate carry no commit: DLRN refuses the two together. */
export type VoteTarget =
  | { readonly kind: 'aggregate'; readonly hash: AggregateHash }
  | { readonly kind: 'commit'; readonly build: CommitBuild };

/**
 * Returns what votes on a hash are about.
 * @param builds the hash's builds; for a commit exactly one, for an aggregate they do not matter
 */
export function voteTargetOf(hash: FullHash, builds: readonly CommitBuild[]): VoteTarget {
  if (isAggregate(hash)) return { kind: 'aggregate', hash };
  const [build, ...others] = builds;
  if (build === undefined || others.length > 0) {
    throw new DlrnError('bad-input', `votes on ${hash} need its one build, and ${builds.length} are known`, {
      outcome: 'invalid',
    });
  }
  return { kind: 'commit', build };
}

/** Returns the fields that name the target in a request, those that are absent being null. */
export function targetFields(target: VoteTarget): Readonly<Record<string, string | null>> {
  return target.kind === 'aggregate'
    ? { aggregate_hash: target.hash }
    : {
        commit_hash: target.build.commitHash,
        distro_hash: target.build.distroHash,
        extended_hash: target.build.extendedHash,
      };
}

export function describeTarget(target: VoteTarget): string {
  return target.kind === 'aggregate' ? `aggregate ${target.hash}` : `commit ${target.build.commitHash}`;
}

/** Returns a vote from one row of an answer. */
export function parseVote(row: Fields, where: string): Vote {
  const success = booleanField(row, 'success', where);
  return {
    job: textField(row, 'job_id', where),
    // A running job has success false as well.
    result: row['in_progress'] === true ? 'running' : success ? 'success' : 'failure',
    timestamp: secondsField(row, 'timestamp', where),
    url: optionalText(row, 'url') ?? '',
    notes: optionalText(row, 'notes'),
    user: optionalText(row, 'user'),
  };
}

/**
 * Returns the votes without the rows that say «running» of a job that has reported: DLRN keeps those rows for ever,
 * and their time is the server's, so that they can look newer than the result.
 */
export function dropStaleRunning(votes: readonly Vote[]): readonly Vote[] {
  const reported = new Set(votes.filter((vote) => vote.result !== 'running').map((vote) => vote.job));
  return votes.filter((vote) => vote.result !== 'running' || !reported.has(vote.job));
}
