import { ofTable } from '../ci-system/values.ts';
import type { RemoteState } from '../remote-ci.ts';

type Result = Extract<RemoteState, { phase: 'ended' }>['result'];

// Zuul's model.py and executor. Only the first three are the job's own word; POST_FAILURE says that it ran, and not how
// it ended, and RETRY_LIMIT that what comes before the job never worked.
const results: Readonly<Record<string, Result>> = {
  SUCCESS: 'success',
  FAILURE: 'failure',
  TIMED_OUT: 'timed-out',
  CANCELED: 'cancelled',
  DEQUEUED: 'cancelled',
  POST_FAILURE: 'lost',
  RETRY_LIMIT: 'lost',
  RETRY: 'lost',
  NODE_FAILURE: 'lost',
  MERGE_CONFLICT: 'lost',
  MERGE_FAILURE: 'lost',
  CONFIG_ERROR: 'lost',
  DISK_FULL: 'lost',
  SKIPPED: 'lost',
  ABORTED: 'lost',
  LOST: 'lost',
  ERROR: 'lost',
  EXCEPTION: 'lost',
};

/** Returns what the result of a build or a buildset means; one that nobody knows counts as lost: it decides nothing. */
export function meaningOf(result: string): Result {
  return ofTable(results, result, 'lost');
}
