import { FeaturesetError } from './error.ts';
import { formatJobName, parseDistro, parseFeatureset, parseJobName } from './job.ts';
import { checkGithubLimit } from './quickstart/matrix-formats.ts';
import type { JobStep } from './quickstart/steps.ts';
import { spokenTime } from './spoken-time.ts';
import { formatTable } from './table.ts';

/** One job of a phase, with all that its run needs. */
export interface MatrixJob {
  readonly job: string;
  /** Three digits, or null for a job that has none. */
  readonly featureset: string | null;
  readonly nodes: string | null;
  /** False: its failure is reported and stops nothing. */
  readonly voting: boolean;
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Commands that run one after the other instead, up to the first that fails; empty: the command alone. */
  readonly steps: readonly JobStep[];
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** The name of a runner; `command` is a process of this machine. */
  readonly runner: string;
  /** How often it is started again when infrastructure failed. */
  readonly retries: number;
  /** `required`: a success has to come with a report file; `exit-status`: report files are not read. */
  readonly results: 'optional' | 'required' | 'exit-status';
  /** Null: the architecture is not said. */
  readonly arch: string | null;
  /** Such as `centos9`; null: that of the release. */
  readonly distro: string | null;
}

type NeverSaid = 'featureset' | 'nodes' | 'runner' | 'retries' | 'results' | 'arch' | 'distro' | 'steps';

/** A job as it is written down: what its name says, or what is usual, need not be said. */
export type JobSpec = Omit<MatrixJob, NeverSaid> & Partial<Pick<MatrixJob, NeverSaid>>;

/**
 * Returns the jobs with their featureset and nodes, from the specification or else from the name.
 * @throws FeaturesetError `no-jobs` for an empty list, `duplicate-job` for two of one name.
 */
export function buildMatrix(specs: readonly JobSpec[]): readonly MatrixJob[] {
  if (specs.length === 0) throw new FeaturesetError('no-jobs', 'there is no job to run: the list of jobs is empty');
  const names = new Set<string>();
  return specs.map((spec) => {
    if (names.has(spec.job)) {
      throw new FeaturesetError(
        'duplicate-job',
        `job "${spec.job}" is there twice: its two votes could not be told apart`,
      );
    }
    names.add(spec.job);
    const named = parseJobName(spec.job);
    const said = spec.featureset == null ? null : parseFeatureset(spec.featureset);
    return {
      job: spec.job,
      featureset: said ?? ('featureset' in named ? named.featureset : null),
      nodes: spec.nodes ?? ('nodes' in named ? named.nodes : null),
      voting: spec.voting,
      command: spec.command,
      env: spec.env,
      timeoutMs: spec.timeoutMs,
      steps: spec.steps ?? [],
      runner: spec.runner ?? 'command',
      retries: spec.retries ?? 0,
      results: spec.results ?? 'optional',
      arch: spec.arch ?? null,
      distro: spec.distro ?? null,
    };
  });
}

/** What makes the names of the jobs of some featuresets. */
export interface FeaturesetAxes {
  readonly featuresets: readonly string[];
  /** Empty: jobs whose name says no nodes. */
  readonly nodes: readonly string[];
  readonly releases: readonly string[];
  /** `centos9` or `centos-9`. */
  readonly distro: string;
  readonly environment: string;
}

/**
 * Returns the job names of every featureset × release × nodes, in this order.
 * @throws FeaturesetError `bad-job`
 */
export function jobNamesOf(axes: FeaturesetAxes): readonly string[] {
  const base = {
    kind: 'featureset',
    ...parseDistro(axes.distro),
    environment: axes.environment,
    suffix: null,
  } as const;
  return axes.featuresets.flatMap((featureset) =>
    axes.releases.flatMap((release) =>
      (axes.nodes.length === 0 ? [null] : axes.nodes).map((nodes) =>
        formatJobName({ ...base, featureset: parseFeatureset(featureset), release, nodes }),
      ),
    ),
  );
}

/**
 * Returns the job of this name.
 * @throws FeaturesetError `unknown-job` that lists the names there are.
 */
export function findJob(matrix: readonly MatrixJob[], name: string): MatrixJob {
  const found = matrix.find((candidate) => candidate.job === name);
  if (found !== undefined) return found;
  const known = matrix.map((candidate) => candidate.job).join(', ');
  throw new FeaturesetError('unknown-job', `job "${name}" is not one of ${known}`);
}

/**
 * Returns the value of GitHub's `strategy.matrix`: one `include` for each job.
 * @throws FeaturesetError `too-many-jobs`
 */
export function formatGithubMatrix(matrix: readonly MatrixJob[]): string {
  checkGithubLimit(matrix.length);
  return JSON.stringify({
    include: matrix.map(({ job, featureset, nodes, voting }) => ({
      job,
      featureset: featureset ?? '',
      nodes: nodes ?? '',
      voting,
    })),
  });
}

/** Returns the jobs as a table for people, a line each. */
export function formatMatrixTable(matrix: readonly MatrixJob[]): string {
  return formatTable([
    ['JOB', 'FEATURESET', 'NODES', 'VOTING', 'TIME LIMIT'],
    ...matrix.map((job) => [
      job.job,
      job.featureset ?? '-',
      job.nodes ?? '-',
      job.voting ? 'yes' : 'no',
      spokenTime(job.timeoutMs),
    ]),
  ]);
}
