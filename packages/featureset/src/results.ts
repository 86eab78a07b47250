import { canonicalJson, type FullHash, parseFullHash } from '@tagflow/model';
import { FeaturesetError } from './error.ts';
import type { FailureReason, FailureReasons } from './reason.ts';

const statuses = ['success', 'failure', 'timed-out', 'cancelled', 'not-started', 'lost'] as const;

export type JobStatus = (typeof statuses)[number];

/** How one job ended. */
export interface JobResult {
  readonly job: string;
  readonly featureset: string | null;
  readonly nodes: string | null;
  readonly voting: boolean;
  readonly status: JobStatus;
  readonly exitCode: number | null;
  readonly durationMs: number;
  readonly logUrl: string;
  /** Why it is not a success, as a sentence; null for a success. */
  readonly reason: string | null;
  /** The last lines of the log of a job that did not succeed. */
  readonly tail: readonly string[];
  /** How often it was started: more than once where infrastructure failed. */
  readonly attempts: number;
  /** The page of the run at the system that ran it; null for a process of this machine. */
  readonly runUrl: string | null;
  /** What its report files said; null where it left none. */
  readonly tests: TestReport | null;
  /** What its logs tell of a failure; null for a success. */
  readonly reasons: FailureReasons | null;
}

/** What the report files of a job (JUnit XML, subunit) say together. */
export interface TestReport {
  readonly passed: number;
  /** Tests that failed, and those that could not be run to an end (errors). */
  readonly failed: number;
  readonly skipped: number;
  /** The files that were read, relative to the job's folder. */
  readonly files: readonly string[];
  /** The first failures, at most 20. */
  readonly failures: readonly TestFailure[];
}

export interface TestFailure {
  readonly test: string;
  /** The first line of what it said, cut to 300 characters. */
  readonly message: string;
}

/** The results of some jobs for one hash; what the `results` file holds. */
export interface TestResults {
  readonly fullHash: FullHash;
  readonly release: string | null;
  readonly distro: string | null;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly jobs: readonly JobResult[];
}

const resultsSchema = 'tagflow/results/v1';

/** Returns the text of a results file. */
export function formatResults(results: TestResults): string {
  return `${canonicalJson({ schema: resultsSchema, ...results })}\n`;
}

/** Returns the jobs whose failure counts: those that vote and did not succeed. */
export function votingFailures(results: TestResults): readonly JobResult[] {
  return results.jobs.filter((job) => job.voting && job.status !== 'success');
}

/**
 * Returns the results that a file holds.
 * @param where what to call the file in an error
 * @throws FeaturesetError `bad-results`, also for a file without any job.
 */
export function parseResults(text: string, where: string): TestResults {
  const fail = (what: string) => new FeaturesetError('bad-results', `${where}: ${what}`);
  const read = fields(parseJson(text, fail), fail);
  if (read.value('schema') !== resultsSchema) throw fail(`it is not a results file (schema "${resultsSchema}")`);
  const jobs = read.value('jobs');
  if (!Array.isArray(jobs) || jobs.length === 0) throw fail('it has no jobs');
  return {
    fullHash: parseFullHash(read.text('fullHash')),
    release: read.textOrNull('release'),
    distro: read.textOrNull('distro'),
    startedAt: read.text('startedAt'),
    jobs: jobs.map((job: unknown) => jobResult(job, fail)),
  };
}

type Fail = (what: string) => FeaturesetError;

function jobResult(data: unknown, fail: Fail): JobResult {
  const read = fields(data, fail);
  const status = statuses.find((known) => known === read.value('status'));
  if (status === undefined)
    throw fail(`status ${JSON.stringify(read.value('status'))} is not one of ${statuses.join(', ')}`);
  const { voting, tail } = { voting: read.value('voting'), tail: read.value('tail') };
  if (typeof voting !== 'boolean') throw fail('voting is neither true nor false');
  if (!Array.isArray(tail) || !tail.every((line) => typeof line === 'string'))
    throw fail('tail is not a list of texts');
  return {
    job: read.text('job'),
    featureset: read.textOrNull('featureset'),
    nodes: read.textOrNull('nodes'),
    voting,
    status,
    exitCode: read.value('exitCode') === null ? null : read.integer('exitCode'),
    durationMs: read.integer('durationMs'),
    logUrl: read.text('logUrl'),
    reason: read.textOrNull('reason'),
    tail,
    attempts: read.integer('attempts'),
    runUrl: read.textOrNull('runUrl'),
    tests: read.value('tests') === null ? null : testReport(read.value('tests'), fail),
    reasons: read.value('reasons') === null ? null : failureReasons(read.value('reasons'), fail),
  };
}

function testReport(data: unknown, fail: Fail): TestReport {
  const read = fields(data, fail);
  return {
    passed: read.integer('passed'),
    failed: read.integer('failed'),
    skipped: read.integer('skipped'),
    files: read.list('files').map((file) => (typeof file === 'string' ? file : '')),
    failures: read.list('failures').map((item) => {
      const failure = fields(item, fail);
      return { test: failure.text('test'), message: failure.text('message') };
    }),
  };
}

function failureReasons(data: unknown, fail: Fail): FailureReasons {
  const read = fields(data, fail);
  const reason = (name: 'first' | 'worst') =>
    read.value(name) === null ? null : failureReason(read.value(name), fail);
  return { first: reason('first'), worst: reason('worst') };
}

function failureReason(data: unknown, fail: Fail): FailureReason {
  const read = fields(data, fail);
  const kind = read.text('kind');
  const severity = read.integer('severity');
  if (kind !== 'infra' && kind !== 'product') throw fail(`kind ${JSON.stringify(kind)} is neither infra nor product`);
  if (severity !== 1 && severity !== 2 && severity !== 3) throw fail(`severity ${severity} is not one of 1, 2, 3`);
  return {
    ...{ kind, severity, pattern: read.text('pattern'), reason: read.text('reason'), bug: read.textOrNull('bug') },
    ...{ file: read.text('file'), line: read.integer('line'), text: read.text('text') },
  };
}

function parseJson(text: string, fail: Fail): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw fail('it is not JSON');
  }
}

function fields(data: unknown, fail: Fail) {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw fail('an object was expected');
  const members: ReadonlyMap<string, unknown> = new Map(Object.entries(data));
  const value = (name: string) => members.get(name);
  const text = (name: string) => {
    const found = value(name);
    if (typeof found !== 'string') throw fail(`${name} is not a text`);
    return found;
  };
  return {
    value,
    text,
    textOrNull: (name: string) => (value(name) === null ? null : text(name)),
    list: (name: string) => {
      const found = value(name);
      if (!Array.isArray(found)) throw fail(`${name} is not a list`);
      return found as readonly unknown[];
    },
    integer: (name: string) => {
      const found = value(name);
      if (typeof found !== 'number' || !Number.isSafeInteger(found)) throw fail(`${name} is not a whole number`);
      return found;
    },
  };
}
