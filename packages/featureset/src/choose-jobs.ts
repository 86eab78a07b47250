import { FeaturesetError } from './error.ts';
import { parseFeatureset } from './job.ts';
import { buildMatrix, findJob, jobNamesOf, type JobSpec, type MatrixJob } from './matrix.ts';

/** What was asked for. Everything that is given wins over what the section says. */
export interface JobChoice {
  /** The only job to run. */
  readonly job?: string | undefined;
  readonly featuresets: readonly string[];
  readonly nodes: readonly string[];
  readonly release?: string | undefined;
  readonly distro?: string | undefined;
  readonly environment: string;
  readonly command?: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs?: number | undefined;
  readonly voting?: boolean | undefined;
  /** What a job without a command runs is read from the files of its featureset. */
  readonly stepsFollow?: boolean;
  readonly runner?: string | undefined;
  readonly retries?: number | undefined;
  readonly results?: MatrixJob['results'] | undefined;
}

const defaultTimeoutMs = 4 * 3_600_000;

/**
 * Returns the jobs to run: those of a section of the configuration, of which featuresets, nodes and job choose some; or,
 * without a section, those that featuresets × nodes, or else the job, name.
 * @throws FeaturesetError `no-jobs`, `unknown-job`, `duplicate-job`, `bad-job`, `bad-command`
 */
export function chooseJobs(section: readonly JobSpec[] | null, choice: JobChoice): readonly MatrixJob[] {
  const all = section === null ? buildMatrix(namedJobs(choice)) : chosen(buildMatrix(section), choice);
  const jobs = choice.job === undefined ? all : [findJob(all, choice.job)];
  return jobs.map((job) => {
    const command = choice.command ?? job.command;
    const runner = choice.runner ?? job.runner;
    // What runs at another system is known there.
    if (command.length === 0 && choice.stepsFollow !== true && runner === 'command') {
      throw new FeaturesetError('bad-command', `job "${job.job}" has no command: give one as command, or in config`);
    }
    return {
      ...job,
      command,
      env: { ...job.env, ...choice.env },
      timeoutMs: choice.timeoutMs ?? job.timeoutMs,
      voting: choice.voting ?? job.voting,
      runner,
      retries: choice.retries ?? job.retries,
      results: choice.results ?? job.results,
    };
  });
}

function namedJobs(choice: JobChoice) {
  return jobNames(choice).map((job) => ({ job, voting: true, command: [], env: {}, timeoutMs: defaultTimeoutMs }));
}

function jobNames({ job, featuresets, nodes, release, distro, environment }: JobChoice): readonly string[] {
  if (featuresets.length === 0) {
    if (job !== undefined) return [job];
    throw new FeaturesetError('no-jobs', 'there is no job to run: give config and phase, or featureset, or job');
  }
  if (release === undefined || distro === undefined) {
    throw new FeaturesetError(
      'bad-job',
      'the names of jobs are made of release and distro: give both beside featureset',
    );
  }
  return jobNamesOf({ featuresets, nodes, releases: [release], distro, environment });
}

function chosen(matrix: readonly MatrixJob[], choice: JobChoice): readonly MatrixJob[] {
  const featuresets = choice.featuresets.map(parseFeatureset);
  const found = matrix.filter(
    (job) =>
      (featuresets.length === 0 || (job.featureset !== null && featuresets.includes(job.featureset))) &&
      (choice.nodes.length === 0 || (job.nodes !== null && choice.nodes.includes(job.nodes))),
  );
  if (found.length > 0) return found;
  const asked = [...featuresets, ...choice.nodes].join(', ');
  throw new FeaturesetError(
    'no-jobs',
    `the phase has no job of ${asked}; it has ${matrix.map(({ job }) => job).join(', ')}`,
  );
}
