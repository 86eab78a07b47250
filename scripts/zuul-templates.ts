import type { PhaseJob, TemplateName } from '@tagflow/config';
import { dependenciesOf, nameOf, type ZuulDependency } from '../packages/cli/src/zuul-order.ts';

/** The jobs that make a promotion, whatever led to the votes. */
const promoters: readonly string[] = ['plan', 'stage-containers', 'stage-images', 'promote', 'mirror'];

/** Returns the template that puts all tests, as one job, before the plan; none for a phase that tests nothing. */
export function testStanza(phase: TemplateName, jobs: readonly PhaseJob[]): readonly unknown[] {
  const plan = jobs.find(({ id }) => id === 'plan');
  if (plan === undefined || !jobs.some(({ id }) => id === 'test')) return [];
  const test = nameOf(phase, 'test');
  // In full: what a project says of dependencies replaces what the job says.
  const dependencies: readonly ZuulDependency[] = [...dependenciesOf(phase, plan, jobs), { name: test, soft: true }];
  return [
    {
      'project-template': {
        name: test,
        description: `Beside tagflow-${phase}: one job runs all tests, and the plan waits for it.`,
        [`tagflow-${phase}`]: { jobs: [test, { [nameOf(phase, 'plan')]: { dependencies } }] },
      },
    },
  ];
}

/** Returns the template of a promoter on a timer of its own, which takes the newest hash whose votes suffice. */
export function promoterStanza(phase: TemplateName, jobs: readonly PhaseJob[]): readonly unknown[] {
  const own = jobs.filter(({ id }) => promoters.includes(id));
  if (own.length === 0) return [];
  return [
    {
      'project-template': {
        name: `tagflow-${phase}-promoter`,
        description: 'Promotes the newest candidate whose votes suffice, however single tests ended.',
        'tagflow-promoter': {
          jobs: own.map((job) => ({ [nameOf(phase, job.id)]: { dependencies: dependenciesOf(phase, job, own) } })),
        },
      },
    },
  ];
}
