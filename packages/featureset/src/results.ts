import { canonicalJson, type FullHash, parseFullHash } from '@tagflow/model';
import { FeaturesetError } from './error.ts';

const statuses = ['success', 'failure', 'timed-out', 'cancelled', 'not-started'] as const;

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
    integer: (name: string) => {
      const found = value(name);
      if (typeof found !== 'number' || !Number.isSafeInteger(found)) throw fail(`${name} is not a whole number`);
      return found;
    },
  };
}
