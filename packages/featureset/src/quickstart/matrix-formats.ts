import { stringify } from 'yaml';
import { FeaturesetError } from '../error.ts';
import { formatTable } from '../table.ts';
import type { PlannedJob } from './plan.ts';

/** GitHub makes no more jobs than this of one matrix. */
export const githubJobsLimit = 256;

/** @throws FeaturesetError `too-many-jobs` */
export function checkGithubLimit(count: number): void {
  if (count <= githubJobsLimit) return;
  throw new FeaturesetError('too-many-jobs', `${count} jobs: GitHub takes ${githubJobsLimit} of one matrix at most`, {
    next: 'Make a matrix for each release, or run several jobs in one with `concurrency`.',
  });
}

/** Returns the jobs as a table for people, a line each. */
export function formatPlanTable(jobs: readonly PlannedJob[]): string {
  return formatTable([
    ['JOB', 'FEATURESET', 'RELEASE', 'NODES', 'DISTRO', 'ENVIRONMENT', 'VOTING', 'STEPS'],
    ...jobs.map((job) => [
      ...[job.job, job.featureset ?? '-', job.release ?? '-', job.nodes ?? '-', job.distro ?? '-'],
      ...[job.environment ?? '-', job.voting ? 'yes' : 'no', String(job.steps.length)],
    ]),
  ]);
}

/** Returns the jobs with their steps, as JSON that a program reads. */
export function formatPlanJson(jobs: readonly PlannedJob[]): string {
  return JSON.stringify({ jobs: jobs.map(facts) }, null, 2);
}

function facts({ job, featureset, release, nodes, distro, environment, voting, steps }: PlannedJob) {
  return { job, featureset, release, nodes, distro, environment, voting, steps };
}

/**
 * Returns the value of GitHub's `strategy.matrix`: one `include` for each job. What a job does not have is empty.
 * @throws FeaturesetError `too-many-jobs`
 */
export function formatPlanGithub(jobs: readonly PlannedJob[]): string {
  checkGithubLimit(jobs.length);
  return JSON.stringify({
    include: jobs.map(({ job, featureset, release, nodes, distro, environment, voting }) => ({
      ...{ job, featureset: featureset ?? '', release: release ?? '', nodes: nodes ?? '' },
      ...{ distro: distro ?? '', environment: environment ?? '', voting },
    })),
  });
}

/** A job that another one waits for; a soft one may have been skipped. */
export type ZuulDependency = string | { readonly name: string; readonly soft: true };

export interface ZuulOptions {
  /** What the jobs inherit from. */
  readonly parent: string;
  /** The name of the project template. */
  readonly template: string;
  readonly pipeline: string;
  /** What every job waits for. */
  readonly dependencies?: readonly ZuulDependency[];
  /** The job that waits for those that vote, and what else it waits for. */
  readonly next?: { readonly job: string; readonly dependencies: readonly ZuulDependency[] } | null;
}

/** Returns the jobs and a project template that runs them, as the YAML of Zuul. */
export function formatPlanZuul(jobs: readonly PlannedJob[], options: ZuulOptions): string {
  const { parent, template, pipeline, dependencies = [], next = null } = options;
  const stanzas = jobs.map(({ job, voting, featureset, nodes, release, environment }) => ({
    job: {
      ...{ name: job, parent, voting },
      ...(dependencies.length === 0 ? {} : { dependencies }),
      vars: dropNull({ featureset, nodes, release, environment_type: environment }),
    },
  }));
  const names = jobs.map(({ job }) => job);
  const line = [...names, ...(next === null ? [] : [waits(next, jobs)])];
  return stringify([...stanzas, { 'project-template': { name: template, [pipeline]: { jobs: line } } }], {
    lineWidth: 0,
    // An alias would be read, and no person follows it.
    aliasDuplicateObjects: false,
    // Zuul reads YAML 1.1, where 010 without quotes is 8.
    version: '1.1',
  });
}

// An informing job that failed would keep what waits for it from running.
function waits({ job, dependencies }: NonNullable<ZuulOptions['next']>, jobs: readonly PlannedJob[]): unknown {
  const tests = jobs.filter(({ voting }) => voting).map((test) => ({ name: test.job, soft: true }));
  return { [job]: { dependencies: [...dependencies, ...tests] } };
}

function dropNull(vars: Readonly<Record<string, string | null>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(vars).flatMap(([key, value]) => (value === null ? [] : [[key, value]])));
}

/** Returns the command lines of every job, as a shell would take them. */
export function formatPlanCommands(jobs: readonly PlannedJob[]): string {
  return jobs
    .map(({ job, steps }) => [`# ${job}`, ...steps.map(({ command }) => command.map(quoted).join(' '))].join('\n'))
    .join('\n\n');
}

/** A word that is only letters needs no quotes. `$NAME` stays what it is: the releases file of the run sets it. */
function quoted(word: string): string {
  if (/^[\w@%+=:,./$-]+$/u.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
