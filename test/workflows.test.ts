import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { allInputs, type AnyAction } from '@tagflow/action-kit';
import { type PhaseJob, phaseTemplates, templateNames } from '@tagflow/config';
import test from 'ava';
import { chainedPhases } from '../scripts/all-phases-workflow.ts';
import { ciValues, commonValues, ledgerVariables } from '../scripts/phase-interface.ts';
import { filesBelow, root } from '../scripts/workspaces.ts';
import { list, object, type PhaseWorkflow, plain, readPhaseWorkflow, readWorkflow, text } from './phase-workflow.ts';

// tagflow run takes its steps from the templates, GitHub from the workflows: here they are held together.

const actions = new Map<string, AnyAction>();
for (const file of filesBelow(join(root, 'actions'), '*/src/action.ts')) {
  const module: unknown = await import(pathToFileURL(join(root, file)).href);
  const { action } = module as { readonly action: AnyAction };
  actions.set(action.name, action);
}
const inputsOf = (action: string): readonly string[] => Object.keys(allInputs(actions.get(action)!));

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
    for (const { place, action, inputs, variables } of workflow.steps) {
      const known = inputsOf(action);
      t.deepEqual(variables, known.includes('ledger') ? ledgerVariables : undefined, place);
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

  test(`${file} asks no job that may have been skipped for an output`, (t) => {
    // act takes the expression itself for the output of a skipped job
    const written = JSON.stringify(workflow.document).replaceAll(ciValues.outcome, '');
    const asked = [...written.matchAll(/(.{0,40})\bneeds\.([\w-]+)\.outputs\./g)];
    t.true(asked.length > 0);
    for (const [whole, before = '', job = ''] of asked.filter(([, , job = '']) => !['hash', 'plan'].includes(job))) {
      t.true(before.endsWith(`needs.${job}.result != 'skipped' && `), whole);
    }
  });

  test(`${file} runs a job when its template would`, (t) => {
    for (const job of template.jobs) {
      const written = workflow.byId.get(job.id)?.['if'];
      t.is(written === undefined ? undefined : plain(text(written, job.id)), conditionOf(job, template.jobs), job.id);
    }
    for (const job of template.jobs.filter(({ matrix }) => matrix !== undefined)) {
      t.is(object(workflow.byId.get(job.id)?.['strategy'], job.id)['fail-fast'], false, job.id);
    }
  });

  test(`${file} carries sets and plans as artifacts`, (t) => {
    for (const job of template.jobs) {
      const taken = job.steps
        .flatMap(({ with: given }) => Object.values(given))
        .flatMap((value): readonly (readonly [string, string])[] => {
          if (typeof value === 'string') return [];
          if ('resultsOf' in value) return [[value.resultsOf, 'results']];
          if ('plan' in value) return [[value.plan, 'plan']];
          return 'sets' in value ? value.sets.map((from) => [from, 'set']) : [];
        });
      const kept = Object.entries(job.outputs ?? {})
        .filter(([output]) => ['set', 'plan', 'statement', 'manifest', 'results'].includes(output))
        .map(([output, { step }]) => uploadOf(job.id, step, output));
      const fetched = taken.map(([from, output]) => downloadOf(from, output));
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
    // Whoever starts it by hand must not choose an environment that asks nobody.
    const { environment, ...others } = object(called['inputs'], 'inputs');
    t.is(environment === undefined, name === 'osp-phase-0');
    t.deepEqual(object(on['workflow_dispatch'], 'workflow_dispatch')['inputs'], others);
    t.deepEqual(Object.keys(object(called['secrets'], 'secrets')).toSorted(), used);
    const inputs = found(document, /inputs\.([\w-]+)/g);
    t.deepEqual(Object.keys(object(called['inputs'], 'inputs')).toSorted(), inputs);

    const outputs = object(called['outputs'], 'outputs');
    t.is(object(outputs['full-hash'], 'full-hash')['value'], '${{ jobs.hash.outputs.full-hash }}');
    const decider = name === 'osp-phase-0' ? 'hand-off' : 'status';
    t.is(
      object(outputs['outcome'], 'outcome')['value'],
      `\${{ jobs.${decider}.outputs.outcome || jobs.hash.outputs.outcome }}`,
    );
    const told = workflow.byId.get('status')?.['outputs'];
    t.is(told === undefined ? ciValues.outcome : object(told, 'status')['outcome'], ciValues.outcome);

    t.deepEqual(document['permissions'], {});
    const group = 'tagflow-${{ inputs.config }}-${{ inputs.phase }}';
    t.deepEqual(document['concurrency'], { group, 'cancel-in-progress': false });
    for (const [id, job] of workflow.byId) {
      const tells = { deployments: 'write', issues: 'write', statuses: 'write' };
      t.deepEqual(job['permissions'], { contents: 'read', ...(id === 'status' ? tells : {}) }, id);
      // act ignores parts of minutes
      if (id !== 'test' && id !== 'after') t.true(Number.isInteger(job['timeout-minutes']), id);
      else t.is(job['timeout-minutes'], '${{ inputs.test-timeout-minutes }}', id);
    }
  });
}

test('all-phases.yml calls one phase after another, each when the one before got through', (t) => {
  const document = readWorkflow('all-phases.yml');
  const phases = chainedPhases;
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
    const passed = ['known-hosts', 'runs-on', 'environment'].filter(
      (input) => input in object(called['inputs'], 'inputs'),
    );
    t.deepEqual(job['with'], {
      config: '${{ inputs.config }}',
      phase,
      ...Object.fromEntries(passed.map((input) => [input, `\${{ inputs.${input} }}`])),
    });
    t.deepEqual(job['permissions'], mostOf(workflow), phase);
    const secrets = Object.keys(object(called['secrets'], 'secrets'));
    t.deepEqual(job['secrets'], Object.fromEntries(secrets.map((name) => [name, `\${{ secrets.${name} }}`])));
  }
});

test('promotion.yml hands all of it to all-phases.yml, once for each release', (t) => {
  const release = object(object(readWorkflow('promotion.yml')['jobs'], 'jobs')['release'], 'release');
  const called = object(object(readWorkflow('all-phases.yml')['on'], 'on')['workflow_call'], 'workflow_call');
  t.is(release['uses'], './.github/workflows/all-phases.yml');
  t.deepEqual(Object.keys(object(release['with'], 'with')), Object.keys(object(called['inputs'], 'inputs')));
  const secrets = Object.keys(object(called['secrets'], 'secrets'));
  t.deepEqual(release['secrets'], Object.fromEntries(secrets.map((name) => [name, `\${{ secrets.${name} }}`])));
  const jobs = Object.values(object(readWorkflow('all-phases.yml')['jobs'], 'jobs')).map((job) => object(job, 'job'));
  t.deepEqual(release['permissions'], jobs[0]?.['permissions'], 'GitHub refuses callers that may do less');
  const used = jobs.flatMap((job) => Object.keys(object(job['secrets'], 'secrets')));
  t.deepEqual([...new Set(used)].toSorted(), secrets.toSorted());
});

/** All that any job of a workflow may do. */
function mostOf({ byId }: PhaseWorkflow): Readonly<Record<string, unknown>> {
  return Object.assign({}, ...byId.values().map((job) => object(job['permissions'], 'permissions')));
}

/** Of the legs of a matrix no outputs are known, only what they kept. */
function asWorkflow({ outputs, ...job }: PhaseJob): PhaseJob {
  return job.matrix !== undefined || outputs === undefined ? job : { ...job, outputs };
}

function conditionOf(job: PhaseJob, jobs: readonly PhaseJob[]): string | undefined {
  const parts: string[] = [];
  // success(), which GitHub adds where nothing of the kind is said, asks how all jobs before ended, not only the needs.
  const byId = (id: string): PhaseJob | undefined => jobs.find((one) => one.id === id);
  const isLoose = (id: string): boolean => byId(id)?.always === true || byId(id)?.when !== undefined;
  if (job.legsOf !== undefined) parts.push('!cancelled()', `needs.${job.legsOf}.result != 'skipped'`);
  else if (job.when !== undefined) {
    const { job: from, output, is } = job.when;
    const value = `needs.${from}.outputs.${output}`;
    const texts = is === 'something' ? '' : is.map((one) => `"${one}"`).join(', ');
    parts.push('!cancelled()', `needs.${from}.result == 'success'`);
    parts.push(is === 'something' ? `${value} != ''` : `contains(fromJSON('[${texts}]'), ${value})`);
    if (job.approval === true) parts.push(`needs.${from}.outputs.label != ''`);
  } else if (job.always === true)
    parts.push(job.tells === true ? 'always()' : '!cancelled()', "needs.hash.result == 'success'");
  else if (job.needs.some(isLoose)) {
    const results = job.needs
      .filter((need) => need !== 'hash')
      .map((need) =>
        byId(need)?.when === undefined
          ? `needs.${need}.result == 'success'`
          : `contains(fromJSON('["success", "skipped"]'), needs.${need}.result)`,
      );
    parts.push('!cancelled()', ...results);
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

// Unique in a run that has several phases, and several releases of one commit.
function artifactOf(job: string, output: string): string {
  const hash = ['release', 'distro', 'full-hash'].map((one) => `\${{ needs.hash.outputs.${one} }}`).join('-');
  const name = `${output === 'set' ? `set-${job}` : output}-\${{ inputs.phase }}-${hash}`;
  return output === 'results' ? `${name}-\${{ matrix.job }}` : name;
}

function uploadOf(job: string, step: string, output: string) {
  return {
    if: `\${{ ${output === 'results' ? '!cancelled() && ' : ''}steps.${step}.outputs.${output} != '' }}`,
    uses: 'actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02',
    with: {
      name: artifactOf(job, output),
      path: `\${{ steps.${step}.outputs.${output} }}`,
      'if-no-files-found': 'error',
      overwrite: true,
    },
  };
}

function downloadOf(job: string, output: string) {
  const isSure = job === 'plan';
  const condition = `\${{ ${isSure ? '' : `needs.${job}.result != 'skipped' && `}needs.${job}.outputs.${output} != '' }}`;
  return {
    ...(output === 'results' ? {} : { if: condition }),
    uses: 'actions/download-artifact@d3f86a106a0bac45b974a628896c90dbdf5c8093',
    with: { name: artifactOf(job, output), path: output === 'set' ? `sets/${job}` : output },
  };
}
