import { fetchPlain } from './fetch.ts';

/** What another CI system reports to DLRN. */
export interface LabVote {
  readonly job: string;
  readonly success: boolean;
  /** A build, or the hash of an aggregate. */
  readonly subject:
    | { readonly commitHash: string; readonly distroHash: string; readonly extendedHash: string | null }
    | { readonly aggregateHash: string };
  readonly url: string;
  /** Seconds since 1970, by the reporter's own clock. */
  readonly timestamp: number;
  readonly notes?: string;
}

/** Where it reports to, and as whom. */
export interface LabVoteTarget {
  readonly apiUrl: string;
  readonly username: string;
  readonly password: string;
}

/**
 * Reports one result to a DLRN through its API.
 * @throws Error with DLRN's answer when it is not 201.
 */
export async function vote(target: LabVoteTarget, result: LabVote): Promise<void> {
  const { subject } = result;
  const hashes =
    'aggregateHash' in subject
      ? { aggregate_hash: subject.aggregateHash }
      : {
          commit_hash: subject.commitHash,
          distro_hash: subject.distroHash,
          ...(subject.extendedHash === null ? {} : { extended_hash: subject.extendedHash }),
        };
  const answer = await fetchPlain(`${target.apiUrl}/api/report_result`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${target.username}:${target.password}`).toString('base64')}`,
    },
    // The form that every DLRN takes: truth as a word, time as a whole number.
    body: JSON.stringify({
      job_id: result.job,
      success: String(result.success),
      url: result.url,
      timestamp: Math.trunc(result.timestamp),
      notes: result.notes ?? '',
      ...hashes,
    }),
  });
  if (answer.status !== 201) {
    throw new Error(`DLRN did not take the vote of ${result.job}: ${answer.status} ${answer.text.slice(0, 200)}`);
  }
}
