import { type JobResult, type TestResults, votingFailures } from './results.ts';

/** What some results mean together. */
export interface ResultsSummary {
  readonly passed: number;
  /** Non-voting ones included. */
  readonly failed: number;
  /** True when no job that votes failed, and none was cancelled. */
  readonly good: boolean;
  /** What came out, or why it is not good, as a sentence. */
  readonly message: string;
  /** A table of the jobs, in Markdown. */
  readonly markdown: string;
}

/** Returns what the results mean together. */
export function summarize(results: TestResults): ResultsSummary {
  const cancelled = results.jobs.filter((job) => job.status === 'cancelled');
  const failures = [...new Set([...votingFailures(results), ...cancelled])];
  const total = String(results.jobs.length);
  const failed = results.jobs.filter((job) => job.status !== 'success').length;
  return {
    passed: results.jobs.length - failed,
    failed,
    good: failures.length === 0,
    message:
      failures.length === 0
        ? `${String(results.jobs.length - failed)} of ${total} succeeded`
        : `${String(failures.length)} of ${total} jobs did not succeed: ${failures.map(sentence).join('; ')}`,
    markdown: ['| Job | Result | Time | Log |', '| --- | --- | --- | --- |', ...results.jobs.map(row), ''].join('\n'),
  };
}

function sentence({ job, reason, status }: JobResult): string {
  return `${job}: ${reason ?? status}`;
}

function row({ job, status, voting, durationMs, logUrl }: JobResult): string {
  const result = voting ? status : `${status} (non-voting)`;
  return `| ${[job, result, `${String(Math.round(durationMs / 1000))} s`, logUrl].map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
