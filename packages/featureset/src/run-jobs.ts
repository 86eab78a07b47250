import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Effects } from '@tagflow/model';
import type { MatrixJob } from './matrix.ts';
import type { JobResult, JobStatus } from './results.ts';

/** Runs one command to its end, as a runner does. */
export type RunCommand = (request: {
  readonly name: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly timeoutMs: number;
  readonly onLine: (line: string) => void;
}) => Promise<Pick<JobResult, 'exitCode' | 'durationMs' | 'reason'> & { readonly status: JobStatus }>;

export interface RunJobsOptions {
  readonly run: RunCommand;
  /** How many jobs run at the same time. */
  readonly concurrency: number;
  /** The folder that gets a folder for each job. Absolute. */
  readonly folder: string;
  /** Where people find that folder, as a URL; default: its file: URL. */
  readonly logUrl?: string | undefined;
  /** What every job may inherit. A job's own variables win over these, and `variables` over both. */
  readonly childEnv: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
  readonly effects: Pick<Effects, 'log' | 'progress'>;
}

/**
 * Runs every job and returns their results in the order of the jobs. A job that fails stops nothing: the others are run
 * too, because every result is a vote.
 */
export async function runJobs(jobs: readonly MatrixJob[], options: RunJobsOptions): Promise<readonly JobResult[]> {
  const { concurrency, effects } = options;
  const results = new Map<MatrixJob, JobResult>();
  const report = () => {
    effects.progress({ what: 'run jobs', done: results.size, total: jobs.length, unit: 'jobs' });
  };
  // One job's output is what the step is for; that of many would only be noise.
  const say = jobs.length === 1 ? effects.log.info : effects.log.debug;
  const queue = jobs.values();
  report();
  const work = async () => {
    for (const job of queue) {
      results.set(job, await runJob(job, options, (line) => say.call(effects.log, `${job.job}: ${line}`)));
      report();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return jobs.flatMap((job) => results.get(job) ?? []);
}

const tailLines = 30;

async function runJob(job: MatrixJob, options: RunJobsOptions, say: (line: string) => void): Promise<JobResult> {
  const { folder, logUrl = pathToFileURL(folder).href, effects } = options;
  // A name may hold a slash; its folder is one folder all the same.
  const name = encodeURIComponent(job.job);
  const outDir = join(folder, name);
  const resultsDir = join(outDir, 'results');
  await mkdir(resultsDir, { recursive: true });
  const tail: string[] = [];
  const { status, exitCode, durationMs, reason } = await options.run({
    name: job.job,
    command: job.command,
    env: {
      ...options.childEnv,
      ...job.env,
      ...options.variables,
      TAGFLOW_OUT_DIR: outDir,
      TAGFLOW_RESULTS_DIR: resultsDir,
      TAGFLOW_JOB: job.job,
      ...(job.featureset === null ? {} : { TAGFLOW_FEATURESET: job.featureset }),
      ...(job.nodes === null ? {} : { TAGFLOW_NODES: job.nodes }),
    },
    logFile: join(outDir, 'job.log'),
    timeoutMs: job.timeoutMs,
    onLine: (line) => {
      if (tail.push(line) > tailLines) tail.shift();
      say(line);
    },
  });
  const result: JobResult = {
    job: job.job,
    featureset: job.featureset,
    nodes: job.nodes,
    voting: job.voting,
    status,
    exitCode,
    durationMs,
    logUrl: `${logUrl.replace(/\/$/, '')}/${encodeURIComponent(name)}/job.log`,
    reason,
    tail: status === 'success' ? [] : tail,
  };
  const duration = `${String(Math.round(durationMs / 1000))} s`;
  if (status === 'success') effects.log.info(`${job.job}: success after ${duration}`);
  else
    effects.log.warning(
      `${job.job}: ${status}${job.voting ? '' : ' (non-voting)'} after ${duration}: ${reason ?? ''}; log: ${result.logUrl}`,
    );
  return result;
}
