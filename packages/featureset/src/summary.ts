import type { FailureReasons } from './reason.ts';
import { briefly } from './reasons/briefly.ts';
import { spokenTime } from './spoken-time.ts';
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
    markdown: [
      '| Job | Result | Time | Tests | Why | Log |',
      '| --- | --- | --- | --- | --- | --- |',
      ...results.jobs.map(row),
      '',
    ].join('\n'),
  };
}

function sentence({ job, reason, status, reasons }: JobResult): string {
  const worst = reasons?.worst ?? null;
  return `${job}: ${reason ?? status}${worst === null ? '' : ` (${briefly(worst)})`}`;
}

function row({ job, status, voting, durationMs, logUrl, tests, reasons, reason, attempts }: JobResult): string {
  const again = attempts > 1 ? `, attempt ${attempts}` : '';
  const cells = [
    job,
    `${status}${voting ? '' : ' (non-voting)'}${again}`,
    spokenTime(durationMs),
    tests === null ? '' : `${tests.passed} passed, ${tests.failed} failed`,
    status === 'success' ? '' : [...new Set(why(reasons, reason))].join('; '),
    logUrl,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')).join(' | ')} |`;
}

/** The cause as the logs tell it, what they told before it, and how the job itself ended. */
function why(reasons: FailureReasons | null, reason: string | null): readonly string[] {
  const told = [reasons?.worst, reasons?.first].flatMap((one) =>
    one == null ? [] : [`${briefly(one)} (${one.kind})`],
  );
  return told.length > 0 ? told : [reason ?? ''];
}
