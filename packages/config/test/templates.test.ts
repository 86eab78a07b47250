import test, { type ExecutionContext } from 'ava';
import { type PhaseJob, phaseTemplates, type Ref, sectionNames } from '../src/index.ts';

const actions = [
  'get-repo-hash',
  'build-images',
  'run-featureset-tests',
  'report-result',
  'tag-and-push-containers',
  'sync-images',
  'promote-symlink',
  'hand-off',
  'publish-status',
];

for (const [name, { jobs, sections, description }] of Object.entries(phaseTemplates)) {
  const byId = new Map(jobs.map((job) => [job.id, job]));

  test(`${name}: jobs need earlier jobs, and all need the hash`, (t) => {
    t.is(byId.size, jobs.length);
    jobs.forEach((job, index) => {
      const earlier = jobs.slice(0, index).map(({ id }) => id);
      for (const need of job.needs) t.true(earlier.includes(need), `${job.id} needs ${need}`);
      t.is(job.needs.includes('hash'), job.id !== 'hash');
      t.true(job.steps.length > 0);
    });
  });

  test(`${name}: every value comes from something that is done`, (t) => {
    for (const job of jobs) {
      if (job.when !== undefined) checkOutput(t, job, job.when.job, job.when.output);
      if (job.matrix !== undefined) checkOutput(t, job, ...(job.matrix.split('.') as [string, string]));
      job.steps.forEach((step, index) => {
        t.true(actions.includes(step.action), step.action);
        const before = job.steps.slice(0, index).map(({ id }) => id);
        t.false(before.includes(step.id));
        for (const value of Object.values(step.with)) {
          if (typeof value !== 'string') checkRef(t, job, before, value);
        }
      });
      const steps = job.steps.map(({ id }) => id);
      for (const output of Object.values(job.outputs ?? {})) t.true(steps.includes(output.step));
    }
  });

  test(`${name}: says what it does with which sections`, (t) => {
    t.true(description.endsWith('.'));
    t.true(sections.length > 0);
    t.deepEqual(
      sectionNames.filter((section) => sections.includes(section)),
      [...sections],
    );
  });

  const checkOutput = (t: ExecutionContext, job: PhaseJob, from: string, output: string): void => {
    t.true(job.needs.includes(from), `${job.id} needs ${from}`);
    t.true(Object.keys(byId.get(from)?.outputs ?? {}).includes(output), `${from} has ${output}`);
  };
  const checkRef = (t: ExecutionContext, job: PhaseJob, before: readonly string[], ref: Ref): void => {
    if ('job' in ref) checkOutput(t, job, ref.job, ref.output);
    else if ('step' in ref) t.true(before.includes(ref.step), `${job.id}: step ${ref.step}`);
    else if ('matrix' in ref) t.not(job.matrix, undefined);
    else if ('ci' in ref) t.true(['log-url', 'token', 'environment', 'outcome'].includes(ref.ci));
    else if ('resultsOf' in ref) checkOutput(t, job, ref.resultsOf, 'results');
    else if ('plan' in ref) checkOutput(t, job, ref.plan, 'plan');
    else if ('firstOf' in ref) for (const { job: from, output } of ref.firstOf) checkOutput(t, job, from, output);
    else if ('sets' in ref) for (const from of ref.sets) checkOutput(t, job, from, 'set');
    else t.is(job.id, 'hash');
  };
}

test('a promotion is decided even when tests fail, and a person may have to allow what moves the label', (t) => {
  for (const { jobs } of Object.values(phaseTemplates)) {
    for (const { id, legsOf } of jobs) t.is(legsOf, id === 'vote' ? 'test' : undefined);
    for (const { id, always } of jobs) t.is(always === true, id === 'plan' || id === 'status', id);
    for (const { id, approval, when } of jobs) t.is(approval === true, id === 'promote' && when !== undefined, id);
    const flips = jobs.filter(({ steps }) => steps.some(({ action }) => action === 'promote-symlink'));
    for (const { id } of flips) t.true(['pin', 'candidate', 'plan', 'promote'].includes(id), id);
  }
});

test('a vote is given where no tested code runs, and never by a job that runs some', (t) => {
  for (const { jobs } of Object.values(phaseTemplates)) {
    const voting = jobs.filter(({ steps }) => steps.some(({ action }) => action === 'report-result'));
    t.deepEqual(
      voting.map(({ steps }) => steps.map(({ action }) => action)),
      voting.map(() => ['report-result']),
    );
  }
});

const shapes: readonly (readonly [keyof typeof phaseTemplates, string])[] = [
  [
    'upstream',
    'hash pin containers images matrix test vote candidate plan stage-containers stage-images promote status mirror',
  ],
  ['component', 'hash pin matrix test vote plan promote status'],
  ['rdo-phase-1', 'hash matrix test vote plan stage-containers stage-images promote status'],
  ['rdo-phase-2', 'hash fetch images matrix test vote plan stage-containers stage-images promote status after'],
  ['osp-phase-0', 'hash hand-off'],
];
for (const [name, jobs] of shapes) {
  test(`${name} is ${jobs}`, (t) => {
    t.is(phaseTemplates[name].jobs.map(({ id }) => id).join(' '), jobs);
  });
}
