import type { TestReport } from '../results.ts';

/** How a job ended, and what it left. */
export interface JobEnd {
  /** Whether it ended by itself and said that all was well (exit status 0). */
  readonly endedWell: boolean;
  /** Why not, as a sentence; null when it ended well. */
  readonly reason: string | null;
  readonly report: TestReport | null;
  /** What of its reports could not be read, a sentence each. */
  readonly problems: readonly string[];
  /**
   * `required`: a success has to come with a report of at least one test that ran; `optional`: where there is none the
   * exit status counts; `exit-status`: reports do not count.
   */
  readonly results: 'optional' | 'required' | 'exit-status';
}

export interface Evidence {
  readonly status: 'success' | 'failure';
  /** Why it is not a success, as a sentence; null for a success. */
  readonly reason: string | null;
}

/**
 * Returns whether a job was a success: never without evidence, and never against what its reports say. A job that says
 * that it failed has failed, whatever its reports say.
 */
export function decideEvidence({ endedWell, reason, report, problems, results }: JobEnd): Evidence {
  const counts = results !== 'exit-status';
  const failed = counts && report !== null && report.failed > 0 ? failedTests(report) : null;
  if (!endedWell) {
    const why = reason ?? 'it did not end well';
    return failure(failed === null ? why : `${why}; ${failed}`);
  }
  if (!counts) return { status: 'success', reason: null };
  if (failed !== null) return failure(`it ended well, but ${failed}`);
  const [first, ...others] = problems;
  if (first !== undefined) {
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    return failure(`it ended well, but a report of it cannot be read: ${first}${more}`);
  }
  if (results === 'required' && report === null) return failure('it ended well, but left no report');
  if (results === 'required' && report !== null && report.passed === 0) {
    const what = report.skipped === 0 ? 'names no test' : `names ${report.skipped} tests, all of them skipped`;
    return failure(`it ended well, but its report ${what}`);
  }
  return { status: 'success', reason: null };
}

/** Returns how many tests failed and which was the first, such as `2 of 10 tests failed, the first: a.b: 1 != 2`. */
export function failedTests({ passed, failed, skipped, failures }: TestReport): string {
  const [first] = failures;
  const name = first === undefined ? '' : `: ${[first.test, first.message].filter((text) => text !== '').join(': ')}`;
  const total = passed + failed + skipped;
  return `${failed} of ${total} tests failed, ${failed === 1 ? 'it is' : 'the first'}${name}`;
}

function failure(reason: string): Evidence {
  return { status: 'failure', reason };
}
