import type { InputSpecs } from '@tagflow/action-kit';
import { type PhaseJob, phaseTemplates, type Ref, type TemplateName, templateNames } from '@tagflow/config';
import { stringify } from 'yaml';
import { conditionsOf, dependenciesOf, jobsOnZuul, nameOf, resultOf } from '../packages/cli/src/zuul-order.ts';
import { promoterStanza, testStanza } from './zuul-templates.ts';
import { jobsIn, stepOnZuul } from './zuul-steps.ts';

/** The inputs that an action has. */
export type SpecsOf = (action: string) => InputSpecs;

// Seconds. A tenant refuses more than 10800, unless it says `max-job-timeout`.
const seconds: Readonly<Record<string, number>> = {
  ...{ hash: 600, pin: 1800, plan: 3600, 'hand-off': 3600 },
  ...{ fetch: 7200, candidate: 7200, mirror: 7200 },
};
const longest = 10_800;

/** The jobs that move a label: one at a time in a tenant, which is what `lock: ci` of tagflow.yaml rests on. */
const movers: readonly string[] = ['pin', 'candidate', 'promote'];

/**
 * Returns the files of zuul.d, made from the phase templates: a job for each job of a phase, and the project templates
 * that join them.
 */
export function zuulFiles(specsOf: SpecsOf): readonly { readonly path: string; readonly text: string }[] {
  return [
    { path: 'zuul.d/tagflow.yaml', text: text('What all phases share.', shared) },
    ...templateNames.map((name) => ({
      path: `zuul.d/${name}.yaml`,
      text: text(`${phaseTemplates[name].description} The template ${name}.`, stanzasOf(name, specsOf)),
    })),
  ];
}

const cleanup = { 'post-run': [{ name: 'playbooks/tagflow/release.yaml', cleanup: true }] };

const shared = [
  { semaphore: { name: 'tagflow-promotion', max: 1 } },
  {
    job: {
      name: 'tagflow-featureset',
      parent: 'tagflow-voter',
      abstract: true,
      description:
        'Tests a hash as the job of tagflow.yaml that has its name, and leaves the results to tagflow-voter.',
      run: 'playbooks/tagflow/test.yaml',
      ...cleanup,
      timeout: longest,
    },
  },
];

function stanzasOf(name: TemplateName, specsOf: SpecsOf): readonly unknown[] {
  const jobs = jobsOnZuul(name);
  return [
    ...jobs.flatMap((job) => (job.id === 'test' ? [featureset(name, job, specsOf)] : [])),
    ...jobs.map((job) => jobStanza(name, job, jobs, specsOf)),
    {
      'project-template': {
        name: `tagflow-${name}`,
        description: `${phaseTemplates[name].description} Without tests: see tagflow-${name}-test and tagflow matrix.`,
        [`tagflow-${name}`]: { jobs: jobs.filter(({ id }) => id !== 'test').map(({ id }) => nameOf(name, id)) },
      },
    },
    ...testStanza(name, jobs),
    ...promoterStanza(name, jobs),
  ];
}

function jobStanza(name: TemplateName, job: PhaseJob, jobs: readonly PhaseJob[], specsOf: SpecsOf): unknown {
  const tests = job.matrix !== undefined;
  const dependencies = dependenciesOf(name, job, jobs);
  return {
    job: {
      name: nameOf(name, job.id),
      parent: parentOf(name, job),
      description: job.id === 'test' ? 'All jobs of the section test, in one job.' : descriptionOf(job),
      ...(tests ? {} : cleanup),
      timeout: seconds[job.id] ?? longest,
      ...(movers.includes(job.id) ? { semaphores: ['tagflow-promotion'] } : {}),
      ...(dependencies.length === 0 ? {} : { dependencies }),
      vars: job.id === 'test' ? { tagflow_job: '', promotion_vote_all: true } : varsOf(name, job, jobs, specsOf),
    },
  };
}

function parentOf(name: TemplateName, { id, matrix }: PhaseJob): string {
  if (id === 'test') return nameOf(name, 'featureset');
  return matrix === undefined ? 'tagflow-promoter-base' : 'tagflow-featureset';
}

/** What jobs of single featuresets inherit from: it knows what the hash and the sets of the phase are. */
function featureset(name: TemplateName, test: PhaseJob, specsOf: SpecsOf): unknown {
  return {
    job: {
      name: nameOf(name, 'featureset'),
      parent: 'tagflow-featureset',
      abstract: true,
      description: `Tests the hash of a run of tagflow-${name}.`,
      vars: varsOf(name, test, [], specsOf),
    },
  };
}

function varsOf(name: TemplateName, job: PhaseJob, jobs: readonly PhaseJob[], specsOf: SpecsOf): unknown {
  const steps = stepsOf(job);
  const needs = jobsIn(steps).map((id) => [id, `{{ ${resultOf(name, id)} | default({}) }}`] as const);
  const isTest = job.matrix !== undefined;
  const children = conditionsOf(name, job, jobs);
  const outputs = {
    ...job.outputs,
    // The jobs behind a promoter without a hash job learn it here.
    ...(['plan', 'promote'].includes(job.id) ? { 'full-hash': { step: job.id, output: 'full-hash' } } : {}),
  };
  return {
    promotion_phase: name,
    promotion_result: resultOf(name, job.id),
    ...(needs.length === 0 ? {} : { promotion_needs: Object.fromEntries(needs) }),
    promotion_steps: steps.map((step) => stepOnZuul(step, specsOf(step.action), isTest)),
    ...(job.outputs === undefined ? {} : { promotion_outputs: outputs }),
    ...(children === null ? {} : { promotion_children: children }),
    ...(job.id === 'after' ? { tagflow_job: '', promotion_report: false } : {}),
  };
}

// Behind a promoter that has a timer of its own there is no job that looks a hash up: the promotion says which one it is.
const promoted: Ref = { firstOf: ['hash', 'promote', 'plan'].map((job) => ({ job, output: 'full-hash' })) };

function stepsOf({ id, steps }: PhaseJob): PhaseJob['steps'] {
  return id === 'mirror' ? steps.map((step) => ({ ...step, with: { ...step.with, 'full-hash': promoted } })) : steps;
}

function descriptionOf({ id, steps }: PhaseJob): string {
  return `${id}: ${steps.map(({ action }) => action).join(', then ')}.`;
}

function text(what: string, stanzas: readonly unknown[]): string {
  // Zuul reads YAML 1.1, where 010 without quotes is 8.
  const yaml = stringify(stanzas, { lineWidth: 0, version: '1.1', aliasDuplicateObjects: false, singleQuote: true });
  return `# ${what}\n# Made by \`npm run generate\` from packages/config/src/templates.ts.\n${yaml}`;
}
