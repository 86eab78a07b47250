import type { TestFailure } from '../results.ts';

export type TestStatus = 'passed' | 'failed' | 'skipped';

/** Counts the tests of all report files of a job. */
export interface Tally {
  readonly counts: Readonly<Record<TestStatus, number>>;
  /** The first that failed, at most 20, each test once. */
  readonly failures: readonly TestFailure[];
  /** @param message what a test that failed said; empty when it said nothing */
  add(test: string, status: TestStatus, message: string): void;
}

const mostFailures = 20;
const longestName = 300;

export function createTally(): Tally {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failures: TestFailure[] = [];
  return {
    counts,
    failures,
    add(test, status, message) {
      counts[status] += 1;
      if (status !== 'failed' || failures.length >= mostFailures) return;
      const name = oneLine(test, longestName) || 'a test without a name';
      if (failures.some((failure) => failure.test === name)) return;
      failures.push({ test: name, message: tellingLine(message) });
    },
  };
}

const longestLine = 300;
const traceback = 'Traceback (most recent call last):';

/**
 * Returns the line of a failure's text that says what went wrong, cut to 300 characters: of a Python traceback the one
 * below the last list of calls, of any other text the first that is not blank.
 */
export function tellingLine(text: string): string {
  const start = text.lastIndexOf(traceback);
  const below = start < 0 ? [] : text.slice(start + traceback.length).split('\n');
  const raised = below.find((line) => line.trim() !== '' && !/^\s/.test(line));
  const first = (): string => /\S[^\n]*/.exec(text)?.[0] ?? '';
  return oneLine(raised ?? first(), longestLine);
}

// eslint-disable-next-line no-control-regex -- terminal colours and cursor moves
const terminalCodes = /\u001B\[[0-?]*[ -/]*[@-~]/g;

/** Returns a text as it can stand in a line: without colours and control characters, and not longer than it may be. */
export function oneLine(text: string, longest: number): string {
  // Cut first: what a report says may be megabytes.
  const whole = text
    .slice(0, longest * 4)
    .replaceAll(terminalCodes, '')
    .replaceAll(/\p{C}+/gu, ' ')
    .trim();
  return whole.length <= longest ? whole : `${whole.slice(0, longest - 1).toWellFormed()}…`;
}
