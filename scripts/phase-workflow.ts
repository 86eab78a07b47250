import { type PhaseJob, type PhaseStep, phaseTemplates, type Ref, type TemplateName } from '@tagflow/config';
import {
  ciValues,
  commonValues,
  type InputsOf,
  inputsOfPhase,
  isLong,
  ledgerVariables,
  outputOf,
  outputsOfPhase,
  secretsOfPhase,
} from './phase-interface.ts';
import { checkout, download, indented, upload } from './workflow-text.ts';

/** Returns the workflow of a phase, which can be called and dispatched: YAML, with the jobs and steps of its template. */
export function phaseWorkflow(name: TemplateName, inputsOf: InputsOf): string {
  const entries = Object.entries(inputsOfPhase(name)).map(
    ([input, { description, type, default: given }]) =>
      [input, `${input}:\n  description: ${quoted(description)}\n  type: ${type}\n  default: ${given}`] as const,
  );
  const inputs = entries.map(([, text]) => text);
  const byHand = entries.filter(([input]) => input !== 'environment').map(([, text]) => text);
  const secrets = Object.entries(secretsOfPhase(name, inputsOf)).map(
    ([secret, { description, required }]) =>
      `${secret}:\n  description: ${description}\n  required: ${String(required)}`,
  );
  const outputs = Object.entries(outputsOfPhase(name)).map(
    ([output, { description, value }]) => `${output}:\n  description: ${description}\n  value: ${value}`,
  );
  const { jobs, description } = phaseTemplates[name];
  return `# ${description}
# Made by \`npm run generate\` from the template ${name} in packages/config/src/templates.ts.
name: phase ${name}

on:
  workflow_call:
    inputs:
${indented(inputs, 6)}
    secrets:
${indented(secrets, 6)}
    outputs:
${indented(outputs, 6)}
  workflow_dispatch:
    inputs:
${indented(byHand, 6)}

permissions: {}

concurrency:
  group: tagflow-\${{ inputs.config }}-\${{ inputs.phase }}
  cancel-in-progress: false

jobs:
${jobs.map((job) => indented([`${job.id}:`, indented(jobLines(job, jobs, inputsOf), 2)], 2)).join('\n\n')}
`;
}

// Whole minutes: act ignores parts of them.
const minutes: Readonly<Record<string, number>> = {
  ...{ hash: 10, matrix: 10, vote: 10, status: 10, pin: 30, plan: 60, 'hand-off': 60, containers: 300, images: 300 },
  ...{ 'stage-containers': 300, 'stage-images': 300, promote: 180, fetch: 120, candidate: 120, mirror: 120 },
};

function jobLines(job: PhaseJob, jobs: readonly PhaseJob[], inputsOf: InputsOf): readonly string[] {
  // Of the legs of a matrix only the last one could tell.
  const outputs = Object.entries(job.matrix === undefined ? (job.outputs ?? {}) : {}).map(
    ([output, from]) => `${output}: \${{ steps.${from.step}.outputs.${from.output} }}`,
  );
  // What it tells people is what it tells who called the workflow.
  const told = job.tells === true ? job.steps.flatMap((step) => step.with['outcome'] ?? []) : [];
  outputs.push(...told.map((outcome) => `outcome: ${refText(outcome)}`));
  const timeout = isLong(job) ? '${{ inputs.test-timeout-minutes }}' : minutes[job.id];
  if (timeout === undefined) throw new Error(`nobody said how long the job ${job.id} may take`);
  return [
    ...(job.needs.length === 0 ? [] : [`needs: [${job.needs.join(', ')}]`]),
    ...conditionLines(job, jobs),
    ...(job.matrix === undefined
      ? []
      : ['strategy:', '  fail-fast: false', '  matrix:', `    job: \${{ fromJSON(${matrixOf(job.matrix)} || '[]') }}`]),
    'runs-on: ${{ inputs.runs-on }}',
    `timeout-minutes: ${String(timeout)}`,
    ...(job.approval === true ? [`environment: ${ciValues.environment}`] : []),
    'permissions:',
    '  contents: read',
    ...(job.tells === true ? ['  deployments: write', '  issues: write', '  statuses: write'] : []),
    ...(outputs.length === 0 ? [] : ['outputs:']),
    ...outputs.map((output) => `  ${output}`),
    'steps:',
    indented([checkout, ...artifactsFor(job), ...job.steps.map((step) => stepText(step, inputsOf)), ...kept(job)], 2),
  ];
}

function conditionLines(job: PhaseJob, jobs: readonly PhaseJob[]): readonly string[] {
  const parts: string[] = [];
  const why: string[] = [];
  const byId = (id: string): PhaseJob | undefined => jobs.find((other) => other.id === id);
  const isLoose = (id: string): boolean => byId(id)?.always === true || byId(id)?.when !== undefined;
  if (job.legsOf !== undefined) {
    parts.push('!cancelled()', `needs.${job.legsOf}.result != 'skipped'`);
  } else if (job.when !== undefined) {
    const output = `needs.${job.when.job}.outputs.${job.when.output}`;
    const wanted =
      job.when.is === 'something'
        ? `${output} != ''`
        : `contains(fromJSON('${JSON.stringify(job.when.is).replaceAll(',', ', ')}'), ${output})`;
    // A plan that crashed names no label, and so no environment that could ask for approval.
    const named = job.approval === true ? [`needs.${job.when.job}.outputs.label != ''`] : [];
    parts.push('!cancelled()', `needs.${job.when.job}.result == 'success'`, wanted, ...named);
  } else if (job.always === true) {
    if (job.tells === true) why.push('# Of a run that was cancelled, too.');
    else why.push('# The votes decide, from wherever they come, not how this run’s jobs ended.');
    parts.push(job.tells === true ? 'always()' : '!cancelled()', "needs.hash.result == 'success'");
  } else if (job.needs.some(isLoose)) {
    why.push('# Said in full: success() would also ask how the jobs before them ended.');
    const wanted = job.needs
      .filter((need) => need !== 'hash')
      .map((need) =>
        byId(need)?.when === undefined
          ? `needs.${need}.result == 'success'`
          : `contains(fromJSON('["success", "skipped"]'), needs.${need}.result)`,
      );
    parts.push('!cancelled()', ...wanted);
  }
  if (job.onlyNew === true) parts.push("needs.hash.outputs.is-new != 'false'");
  if (job.matrix !== undefined) parts.push(`${matrixOf(job.matrix)} != '[]'`);
  return parts.length === 0 ? [] : [...why, `if: \${{ ${parts.join(' && ')} }}`];
}

// Unique in a run that has several phases and several releases: the same commit is built for several distributions.
const artifactOf = (kind: string): string =>
  `${kind}-\${{ inputs.phase }}-${['release', 'distro', 'full-hash'].map((output) => `\${{ needs.hash.outputs.${output} }}`).join('-')}`;
const resultsArtifact = `${artifactOf('results')}-\${{ matrix.job }}`;

function artifactsFor({ steps }: PhaseJob): readonly string[] {
  const refs = steps.flatMap((step) => Object.values(step.with)).filter((value) => typeof value === 'object');
  const sets = refs.flatMap((ref) => ('sets' in ref ? ref.sets : []));
  const plans = refs.flatMap((ref) => ('plan' in ref ? [ref.plan] : []));
  return [
    ...[...new Set(sets)].map((job) => download(outputOf(job, 'set'), artifactOf(`set-${job}`), `sets/${job}`)),
    ...[...new Set(plans)].map((job) => download(outputOf(job, 'plan'), artifactOf('plan'), 'plan')),
    ...(refs.some((ref) => 'resultsOf' in ref) ? [download(null, resultsArtifact, 'results')] : []),
  ];
}

/** Outputs that name a file, which the machine of another job has not. */
const files = ['set', 'plan', 'statement', 'manifest'];

function kept({ id, matrix, outputs = {} }: PhaseJob): readonly string[] {
  const { results } = outputs;
  if (matrix !== undefined && results !== undefined) {
    // Those of a job that failed as well.
    return [upload(`steps.${results.step}.outputs.${results.output}`, resultsArtifact, true)];
  }
  return Object.entries(outputs)
    .filter(([output]) => files.includes(output))
    .map(([output, from]) =>
      upload(`steps.${from.step}.outputs.${from.output}`, artifactOf(output === 'set' ? `set-${id}` : output)),
    );
}

function stepText({ id, action, with: given }: PhaseStep, inputsOf: InputsOf): string {
  const { config, phase, ...others } = commonValues;
  const known = inputsOf(action);
  const common = Object.entries(others).filter(([input]) => known.includes(input) && !Object.hasOwn(given, input));
  const values = Object.entries({
    ...{ config, phase },
    ...given,
    ...Object.fromEntries(common),
  }).map(([input, value]) => `    ${input}: ${typeof value === 'string' ? scalar(value) : refText(value ?? '')}`);
  return [
    `- id: ${id}`,
    `  uses: ./actions/${action}`,
    '  with:',
    ...values,
    ...(known.includes('ledger')
      ? ['  env:', ...Object.entries(ledgerVariables).map(([name, value]) => `    ${name}: ${value}`)]
      : []),
  ].join('\n');
}

function refText(ref: Ref | string): string {
  if (typeof ref === 'string') return scalar(ref);
  if ('matrix' in ref) return '${{ matrix.job }}';
  if ('ci' in ref) return ciValues[ref.ci];
  if ('input' in ref) return `\${{ inputs.${ref.input} }}`;
  if ('step' in ref) return `\${{ steps.${ref.step}.outputs.${ref.output} }}`;
  if ('job' in ref) return textOf(outputOf(ref.job, ref.output));
  if ('resultsOf' in ref) return 'results/results.json';
  if ('plan' in ref) return textOf(`${outputOf(ref.plan, 'plan')} && 'plan/plan.json'`);
  if ('firstOf' in ref) return textOf(ref.firstOf.map(({ job, output }) => outputOf(job, output)).join(' || '));
  const lines = ref.sets.map((job) => `      ${textOf(`${outputOf(job, 'set')} && 'sets/${job}/set.json'`)}`);
  return ['|', ...lines].join('\n');
}

// A comparison that fails would be the text "false".
function textOf(expression: string): string {
  return expression.includes(' != ') && !expression.includes(' || ')
    ? `\${{ ${expression} || '' }}`
    : `\${{ ${expression} }}`;
}

function matrixOf(matrix: string): string {
  const [job = '', output = ''] = matrix.split('.');
  return outputOf(job, output);
}

// Actions read texts: YAML must not make a boolean of one.
function scalar(text: string): string {
  return /^(?:true|false|\d+)$/.test(text) ? `'${text}'` : text;
}

function quoted(text: string): string {
  return text.includes(': ') ? `'${text.replaceAll("'", "''")}'` : text;
}
