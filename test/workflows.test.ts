import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { allInputs, type AnyAction } from '@tagflow/action-kit';
import { type PhaseJob, phaseTemplates, templateNames } from '@tagflow/config';
import test from 'ava';
import { filesBelow, root } from '../scripts/workspaces.ts';
import {
  commonValues,
  list,
  object,
  type PhaseWorkflow,
  readPhaseWorkflow,
  readWorkflow,
  text,
} from './phase-workflow.ts';

// tagflow run takes its steps from the templates, GitHub from the workflows: here they are held together.

const actions = new Map<string, AnyAction>();
for (const file of filesBelow(join(root, 'actions'), '*/src/action.ts')) {
  const module: unknown = await import(pathToFileURL(join(root, file)).href);
  const { action } = module as { readonly action: AnyAction };
  actions.set(action.name, action);
}
const inputsOf = (action: string): readonly string[] => Object.keys(allInputs(actions.get(action)!));

// What a workflow returns is an output of the job that decides how the phase ended.
const deciders = ['promote', 'hand-off'];

test('each template has its workflow', (t) => {
  const files = filesBelow(join(root, '.github/workflows'), 'phase-*.yml');
  t.deepEqual(files, templateNames.map((name) => `.github/workflows/phase-${name}.yml`).toSorted());
});

for (const name of templateNames) {
  const file = `phase-${name}.yml`;
  const workflow = readPhaseWorkflow(file);
  const template = phaseTemplates[name];

  test(`${file} has the jobs and steps of its template`, (t) => {
    t.deepEqual(workflow.jobs, template.jobs.map(asWorkflow));
  });

  test(`${file} gives each action only what it knows, and all that is common`, (t) => {
    for (const { place, action, inputs } of workflow.steps) {
      const known = inputsOf(action);
      t.deepEqual(
        Object.keys(inputs).filter((input) => !known.includes(input)),
        [],
        place,
      );
      for (const [input, value] of Object.entries(commonValues)) {
        t.is(inputs[input], known.includes(input) ? value : undefined, `${place}: ${input}`);
      }
    }
  });

  test(`${file} refers to outputs that exist`, (t) => {
    const steps = new Map(
      template.jobs.flatMap((job) => job.steps.map((step) => [`${job.id}.${step.id}`, step.action])),
    );
    for (const [id, job] of workflow.byId) {
      const written = JSON.stringify(job);
      const needs = job['needs'] === undefined ? [] : list(job['needs'], id);
      for (const [, step = '', output = ''] of written.matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)) {
        const known = ['outcome', ...Object.keys(actions.get(steps.get(`${id}.${step}`) ?? '')?.outputs ?? {})];
        t.true(known.includes(output), `${id}: steps.${step}.outputs.${output}`);
      }
      for (const [, from = '', output = ''] of written.matchAll(/needs\.([\w-]+)\.outputs\.([\w-]+)/g)) {
        t.true(needs.includes(from), `${id} does not need ${from}`);
        t.true(Object.hasOwn(object(workflow.byId.get(from)?.['outputs'], from), output), `${from} has no ${output}`);
      }
      for (const [, from = ''] of written.matchAll(/needs\.([\w-]+)\.result/g))
        t.true(needs.includes(from), `${id}: ${from}`);
    }
  });

  test(`${file} runs a job when its template would`, (t) => {
    for (const job of template.jobs) t.is(workflow.byId.get(job.id)?.['if'], conditionOf(job, template.jobs), job.id);
    for (const job of template.jobs.filter(({ matrix }) => matrix !== undefined)) {
      t.is(object(workflow.byId.get(job.id)?.['strategy'], job.id)['fail-fast'], false, job.id);
    }
  });

  test(`${file} carries sets as artifacts`, (t) => {
    for (const job of template.jobs) {
      const output = job.outputs?.['set'];
      const taken = job.steps
        .flatMap(({ with: given }) => Object.values(given))
        .flatMap((value) => (typeof value === 'object' && 'sets' in value ? value.sets : []));
      const kept = output === undefined ? [] : [uploadOf(job.id, output.step)];
      const fetched = [...new Set(taken)].map(downloadOf);
      const { before, after } = stepsAround(workflow, job.id);
      t.deepEqual(before, [checkout, ...fetched], job.id);
      t.deepEqual(after, kept, job.id);
    }
  });

  test(`${file} can be called and dispatched alike, and may do little`, (t) => {
    const { document } = workflow;
    const on = object(document['on'], 'on');
    const called = object(on['workflow_call'], 'workflow_call');
    const used = found(document['jobs'], /secrets\.(\w+)/g);
    t.deepEqual(called['inputs'], object(on['workflow_dispatch'], 'workflow_dispatch')['inputs']);
    t.deepEqual(Object.keys(object(called['secrets'], 'secrets')).toSorted(), used);
    const inputs = found(document, /inputs\.([\w-]+)/g);
    t.deepEqual(Object.keys(object(called['inputs'], 'inputs')).toSorted(), inputs);

    const decider = template.jobs.findLast(({ id }) => deciders.includes(id))?.id ?? '';
    const outputs = object(called['outputs'], 'outputs');
    t.is(object(outputs['full-hash'], 'full-hash')['value'], '${{ jobs.hash.outputs.full-hash }}');
    t.is(object(outputs['outcome'], 'outcome')['value'], `\${{ jobs.${decider}.outputs.outcome }}`);

    t.deepEqual(document['permissions'], {});
    const group = 'tagflow-${{ inputs.config }}-${{ inputs.phase }}';
    t.deepEqual(document['concurrency'], { group, 'cancel-in-progress': false });
    for (const [id, job] of workflow.byId) {
      t.deepEqual(job['permissions'], { contents: 'read' }, id);
      // act ignores parts of minutes
      t.true(Number.isInteger(job['timeout-minutes']), id);
    }
  });
}

test('promotion.yml calls one phase after another, each when the one before got through', (t) => {
  const document = readWorkflow('promotion.yml');
  const phases = templateNames.filter((name) => name !== 'component');
  const jobs = object(document['jobs'], 'jobs');
  t.deepEqual(Object.keys(jobs), phases);
  for (const [index, phase] of phases.entries()) {
    const job = object(jobs[phase], phase);
    const workflow = readPhaseWorkflow(`phase-${phase}.yml`);
    const called = object(object(workflow.document['on'], 'on')['workflow_call'], 'workflow_call');
    const previous = phases[index - 1];
    t.is(job['uses'], `./.github/workflows/phase-${phase}.yml`);
    t.deepEqual(job['needs'], previous === undefined ? undefined : [previous]);
    if (previous !== undefined) {
      const outcome = `needs.${previous}.outputs.outcome`;
      t.is(job['if'], `\${{ !cancelled() && contains(fromJSON('["done", "nothing-to-do"]'), ${outcome}) }}`);
    }
    t.deepEqual(job['with'], {
      config: '${{ inputs.config || vars.TAGFLOW_CONFIG }}',
      phase,
      'known-hosts': '${{ vars.TAGFLOW_KNOWN_HOSTS }}',
    });
    const secrets = Object.keys(object(called['secrets'], 'secrets'));
    t.deepEqual(job['secrets'], Object.fromEntries(secrets.map((name) => [name, `\${{ secrets.${name} }}`])));
  }
});

/** The template's job as a workflow writes it. */
function asWorkflow(job: PhaseJob): PhaseJob {
  const decides = deciders.includes(job.id);
  const outputs = {
    ...job.outputs,
    ...(decides ? { outcome: { step: job.steps.at(-1)!.id, output: 'outcome' } } : {}),
  };
  return { ...job, ...(Object.keys(outputs).length === 0 ? {} : { outputs }) };
}

function conditionOf(job: PhaseJob, jobs: readonly PhaseJob[]): string | undefined {
  const parts: string[] = [];
  // success(), which GitHub adds where nothing of the kind is said, asks how all jobs before ended, not only the needs.
  const isBehindAlways = job.needs.some((need) => jobs.find(({ id }) => id === need)?.always === true);
  if (job.always === true) parts.push('!cancelled()', "needs.hash.result == 'success'");
  else if (isBehindAlways) {
    const needs = job.needs.filter((need) => need !== 'hash');
    parts.push('!cancelled()', ...needs.map((need) => `needs.${need}.result == 'success'`));
  }
  if (job.onlyNew === true) parts.push("needs.hash.outputs.is-new != 'false'");
  if (job.matrix !== undefined) parts.push(`needs.${job.matrix.replace('.', '.outputs.')} != '[]'`);
  return parts.length === 0 ? undefined : `\${{ ${parts.join(' && ')} }}`;
}

/** Returns what the group of the pattern finds anywhere in a part of a workflow: sorted, each once. */
function found(part: unknown, pattern: RegExp): readonly string[] {
  return [...new Set([...JSON.stringify(part).matchAll(pattern)].map(([, name = '']) => name))].toSorted();
}

/** The steps before and after those with an action of ours. */
function stepsAround(workflow: PhaseWorkflow, id: string) {
  const steps = list(workflow.byId.get(id)?.['steps'], id).map((step) => object(step, id));
  const isOurs = steps.map((step) => text(step['uses'], id).startsWith('./'));
  return { before: steps.slice(0, isOurs.indexOf(true)), after: steps.slice(isOurs.lastIndexOf(true) + 1) };
}

const checkout = {
  uses: 'actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683',
  with: { 'persist-credentials': false },
};

// Unique in a run that has several phases, and several releases.
function artifactOf(job: string): string {
  return `set-${job}-\${{ inputs.phase }}-\${{ needs.hash.outputs.full-hash }}`;
}

function uploadOf(job: string, step: string) {
  return {
    if: `\${{ steps.${step}.outputs.set != '' }}`,
    uses: 'actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02',
    with: {
      name: artifactOf(job),
      path: `\${{ steps.${step}.outputs.set }}`,
      'if-no-files-found': 'error',
      overwrite: true,
    },
  };
}

function downloadOf(job: string) {
  return {
    if: `\${{ needs.${job}.outputs.set != '' }}`,
    uses: 'actions/download-artifact@d3f86a106a0bac45b974a628896c90dbdf5c8093',
    with: { name: artifactOf(job), path: `sets/${job}` },
  };
}
