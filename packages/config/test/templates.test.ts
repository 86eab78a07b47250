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
    else if ('ci' in ref) t.is(ref.ci, 'log-url');
    else if ('sets' in ref) for (const from of ref.sets) checkOutput(t, job, from, 'set');
    else t.is(job.id, 'hash');
  };
}

test('only promote-symlink moves labels, and a promotion decides even when tests fail', (t) => {
  for (const { jobs } of Object.values(phaseTemplates)) {
    const flips = jobs.filter(({ steps }) => steps.some(({ action }) => action === 'promote-symlink'));
    for (const job of flips) t.is(job.always === true, job.id === 'promote');
    for (const job of jobs) if (job.id !== 'promote') t.not(job.always, true);
  }
});

test('a job that failed votes, too', (t) => {
  const test_ = phaseTemplates.upstream.jobs.find(({ id }) => id === 'test');
  t.deepEqual(
    test_?.steps.map(({ action, always }) => [action, always === true]),
    [
      ['run-featureset-tests', false],
      ['report-result', true],
    ],
  );
});

const shapes: readonly (readonly [keyof typeof phaseTemplates, string])[] = [
  ['upstream', 'hash pin containers images matrix test candidate promote mirror'],
  ['component', 'hash pin matrix test promote'],
  ['rdo-phase-1', 'hash matrix test promote'],
  ['rdo-phase-2', 'hash fetch images matrix test promote after'],
  ['osp-phase-0', 'hash hand-off'],
];
for (const [name, jobs] of shapes) {
  test(`${name} is ${jobs}`, (t) => {
    t.is(phaseTemplates[name].jobs.map(({ id }) => id).join(' '), jobs);
  });
}
