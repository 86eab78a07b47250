import type { JobStatus } from './results.ts';

const votes: Readonly<Record<JobStatus, 'success' | 'failure' | null>> = {
  success: 'success',
  failure: 'failure',
  'timed-out': 'failure',
  cancelled: null,
  'not-started': null,
  lost: null,
};

/**
 * Returns what a job says of the hash; null for one that did not come to an end by itself, or by its time limit: it has
 * said nothing.
 */
export function voteOfJob(status: JobStatus): 'success' | 'failure' | null {
  return votes[status];
}
