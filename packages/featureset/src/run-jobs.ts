import { join } from 'node:path';
import type { Progress } from '@tagflow/model';
import { forgetNotes } from './job-journal.ts';
import type { MatrixJob } from './matrix.ts';
import { briefly } from './reasons/briefly.ts';
import type { JobResult } from './results.ts';
import { spokenTime } from './spoken-time.ts';
import { runJob, type RunJobOptions } from './run-job.ts';

export interface RunJobsOptions extends Omit<RunJobOptions, 'say'> {
  /** How many jobs run at the same time. */
  readonly concurrency: number;
  /** The folder that gets a folder for each job. Absolute. */
  readonly folder: string;
  readonly progress: Progress;
  /** Takes each result as it comes, with the job's folder and its beginning, and returns what is to be told of it. */
  readonly onResult: (result: JobResult, folder: string, startedAt: string) => Promise<JobResult>;
}

/**
 * Runs every job and returns their results in the order of the jobs. A job that fails stops nothing: the others are run
 * too, because every result is a vote.
 */
export async function runJobs(jobs: readonly MatrixJob[], options: RunJobsOptions): Promise<readonly JobResult[]> {
  const { concurrency, effects, progress } = options;
  const results = new Map<MatrixJob, JobResult>();
  const report = () => progress({ what: 'run jobs', done: results.size, total: jobs.length, unit: 'jobs' });
  // One job's output is what the step is for; that of many would only be noise.
  const say = jobs.length === 1 ? effects.log.info : effects.log.debug;
  const queue = jobs.values();
  report();
  const work = async () => {
    for (const job of queue) {
      const folder = folderOf(job, options);
      const sayOf = (line: string): void => say.call(effects.log, `${job.job}: ${line}`);
      const ended = await runJob(job, folder, { ...options, say: sayOf });
      const result = await options.onResult(ended.result, folder, ended.startedAt);
      results.set(job, result);
      tell(result, effects.log);
      report();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return jobs.flatMap((job) => results.get(job) ?? []);
}

/** Forgets that the jobs were run: their results are written down, and who asks again wants them run again. */
export async function forgetJobs(jobs: readonly MatrixJob[], options: Pick<RunJobsOptions, 'folder'>): Promise<void> {
  for (const job of jobs) await forgetNotes(folderOf(job, options));
}

// A name may hold a slash; its folder is one folder all the same.
function folderOf({ job }: MatrixJob, { folder }: Pick<RunJobsOptions, 'folder'>): string {
  return join(folder, encodeURIComponent(job));
}

function tell(
  { job, status, voting, durationMs, reason, reasons, logUrl }: JobResult,
  log: RunJobsOptions['effects']['log'],
) {
  const duration = spokenTime(durationMs);
  if (status === 'success') return void log.info(`${job}: success after ${duration}`);
  const worst = reasons?.worst == null ? '' : ` (${briefly(reasons.worst)})`;
  log.warning(
    `${job}: ${status}${voting ? '' : ' (non-voting)'} after ${duration}: ${reason ?? ''}${worst}; log: ${logUrl}`,
  );
}
