import { type PhaseJob, phaseTemplates, type TemplateName } from '@tagflow/config';

export type ZuulDependency = string | { readonly name: string; readonly soft: true };

/** What a job says of one that waits for it: when that one runs. Nothing: always. */
export type ZuulCondition = { readonly output: string } & (
  { readonly is: readonly string[] } | { readonly is_not: readonly string[] }
);

export const nameOf = (phase: TemplateName, job: string): string => `tagflow-${phase}-${job}`;

/** The variable that holds the result of a job. */
export const resultOf = (phase: TemplateName, job: string): string => `tagflow_${phase}_${job}`.replaceAll('-', '_');

/**
 * Returns the jobs of a phase that Zuul has. There is no matrix that a job makes while the buildset runs, a vote is given
 * by the post-run of its test, and `status` tells GitHub.
 */
export function jobsOnZuul(phase: TemplateName): readonly PhaseJob[] {
  return phaseTemplates[phase].jobs
    .filter(({ id, tells, legsOf }) => id !== 'matrix' && tells !== true && legsOf === undefined)
    .map(({ outputs, ...job }) => ({
      ...job,
      needs: job.needs.map((id) => (id === 'vote' ? 'test' : id)),
      // What tested code left is given to the vote alone.
      ...(outputs === undefined || job.matrix !== undefined ? {} : { outputs }),
    }));
}

/**
 * Returns what a job waits for. A soft dependency may have been skipped; whether one that failed was soft or not, Zuul
 * skips what waits for it.
 */
export function dependenciesOf(
  phase: TemplateName,
  job: PhaseJob,
  jobs: readonly PhaseJob[],
): readonly ZuulDependency[] {
  return job.needs.flatMap((id): readonly ZuulDependency[] => {
    const need = jobs.find((other) => other.id === id);
    // Tests are added by a project template of their own.
    if (need === undefined || id === 'test') return [];
    const name = nameOf(phase, id);
    return isSoft(job, need) ? [{ name, soft: true }] : [name];
  });
}

function isSoft(job: PhaseJob, need: PhaseJob): boolean {
  if (need.id === 'hash') return false;
  if (need.onlyNew === true && job.onlyNew !== true) return true;
  return need.when !== undefined || job.always === true;
}

/** Returns which of the jobs that wait for this one run; null: all of them. */
export function conditionsOf(
  phase: TemplateName,
  job: PhaseJob,
  jobs: readonly PhaseJob[],
): Readonly<Record<string, ZuulCondition | null>> | null {
  const waiting = jobs.filter(({ needs }) => needs.includes(job.id));
  if (job.id === 'hash') {
    // Jobs of single featuresets wait for it, too, under names that nobody knows here: they are for a new hash only.
    const thereIsOne = { output: 'full-hash', is_not: [''] };
    const others = { output: 'is-new', is_not: ['false'] };
    const always = waiting
      .filter(({ onlyNew }) => onlyNew !== true)
      .map(({ id }) => [nameOf(phase, id), thereIsOne] as const);
    return { ...Object.fromEntries(always), '*': others };
  }
  const own = waiting.flatMap(({ id, when }) => {
    if (when?.job !== job.id) return [];
    const { output, is } = when;
    const condition: ZuulCondition = is === 'something' ? { output, is_not: [''] } : { output, is };
    return [[nameOf(phase, id), condition] as const];
  });
  return own.length === 0 ? null : { ...Object.fromEntries(own), '*': null };
}

/** Where the tests of a phase stand among its jobs on Zuul. */
export interface TestPlace {
  readonly parent: string;
  readonly pipeline: string;
  /** What each test waits for. */
  readonly dependencies: readonly ZuulDependency[];
  /** The job that waits for the tests that vote, and what else it waits for; null where nothing is promoted. */
  readonly next: { readonly job: string; readonly dependencies: readonly ZuulDependency[] } | null;
}

/** Returns where the tests of a phase stand; null for a phase that tests nothing. */
export function placeOfTests(phase: TemplateName): TestPlace | null {
  const jobs = jobsOnZuul(phase);
  const test = jobs.find(({ id }) => id === 'test');
  if (test === undefined) return null;
  const plan = jobs.find(({ id }) => id === 'plan');
  return {
    parent: nameOf(phase, 'featureset'),
    pipeline: `tagflow-${phase}`,
    dependencies: dependenciesOf(phase, test, jobs),
    next: plan === undefined ? null : { job: nameOf(phase, plan.id), dependencies: dependenciesOf(phase, plan, jobs) },
  };
}
