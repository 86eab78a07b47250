import { type TemplateName, templateNames } from '@tagflow/config';
import { type InputsOf, secretsOfPhase } from './phase-interface.ts';
import { indented } from './workflow-text.ts';

/** The phases that follow each other. The line of a component runs on a timer of its own. */
export const chainedPhases: readonly TemplateName[] = templateNames.filter((name) => name !== 'component');

/** Where the inputs of the phases come from, in a workflow that calls them. */
const passed = ['known-hosts', 'runs-on', 'environment'] as const;

/**
 * Returns the workflow that takes one release through its phases: YAML. Each resolves its own label, so the next one
 * only begins when the label that it starts from may have moved.
 */
export function allPhasesWorkflow(inputsOf: InputsOf): string {
  const jobs = chainedPhases.map((name, index) => {
    const previous = chainedPhases[index - 1];
    const secrets = Object.keys(secretsOfPhase(name, inputsOf));
    const inputs = passed.filter((input) => input !== 'environment' || name !== 'osp-phase-0');
    return indented(
      [
        `${name}:`,
        ...(previous === undefined
          ? []
          : [
              `  needs: [${previous}]`,
              ...(index === 1
                ? ['  # The outcome counts, not the result: a job that only informs may have failed.']
                : []),
              `  if: \${{ !cancelled() && contains(fromJSON('["done", "nothing-to-do"]'), needs.${previous}.outputs.outcome) }}`,
            ]),
        indented(permissionLines(name), 2),
        `  uses: ./.github/workflows/phase-${name}.yml`,
        '  with:',
        '    config: ${{ inputs.config }}',
        `    phase: ${name}`,
        ...inputs.map((input) => `    ${input}: \${{ inputs.${input} }}`),
        '  secrets:',
        ...secrets.map((secret) => `    ${secret}: \${{ secrets.${secret} }}`),
      ],
      2,
    );
  });
  const secrets = allSecrets(inputsOf).map(
    ([secret, description]) =>
      `${secret}:\n  description: ${description}\n  required: ${String(secret === 'DLRN_PASSWORD')}`,
  );
  return `# All phases of one release, one after another: each begins when the one before it got through.
# Made by \`npm run generate\`.
name: all phases

on:
  workflow_call:
    inputs:
${indented([configInput, ...commonInputs], 6)}
    secrets:
${indented(secrets, 6)}

permissions: {}

jobs:
${jobs.join('\n\n')}
`;
}

const configInput = 'config:\n  description: The tagflow.yaml of the release.\n  type: string\n  required: true';
const commonInputs = [
  "known-hosts:\n  description: The known_hosts file for sftp image stores.\n  type: string\n  default: ''",
  'runs-on:\n  description: The label of the machines that do it.\n  type: string\n  default: ubuntu-24.04',
  "environment:\n  description: The environment of the jobs that move labels. {0} is the label, {1} the release.\n  type: string\n  default: '{0}'",
];

/** Returns the workflow on a timer that takes all releases through their phases, side by side: YAML. */
export function promotionWorkflow(inputsOf: InputsOf): string {
  return `# All releases, side by side. The variable TAGFLOW_CONFIGS of the repository lists their files, as JSON:
# ["master.yaml", "train.yaml"]. Without it the timer does nothing. Made by \`npm run generate\`.
name: promotion

on:
  schedule:
    - cron: '17 */4 * * *'
  workflow_dispatch:
    inputs:
      config:
        description: The tagflow.yaml of one release. Nothing means all of TAGFLOW_CONFIGS.
        type: string
        default: ''

permissions: {}

jobs:
  release:
    if: \${{ inputs.config != '' || !contains(fromJSON('["", "[]"]'), vars.TAGFLOW_CONFIGS) }}
    strategy:
      # One release that is blocked keeps none of the others.
      fail-fast: false
      matrix:
        config: \${{ fromJSON(inputs.config && format('[{0}]', toJSON(inputs.config)) || vars.TAGFLOW_CONFIGS || '[]') }}
    # One promotion at a time of a release: this is what \`lock: ci\` in tagflow.yaml relies on.
    concurrency:
      group: promotion-\${{ matrix.config }}
      cancel-in-progress: false
${indented(permissionLines('upstream'), 4)}
    uses: ./.github/workflows/all-phases.yml
    with:
      config: \${{ matrix.config }}
      known-hosts: \${{ vars.TAGFLOW_KNOWN_HOSTS }}
      runs-on: \${{ vars.TAGFLOW_RUNS_ON || 'ubuntu-24.04' }}
      environment: \${{ vars.TAGFLOW_ENVIRONMENT || '{0}' }}
    secrets:
${indented(
  allSecrets(inputsOf).map(([secret]) => `${secret}: \${{ secrets.${secret} }}`),
  6,
)}
`;
}

/** What the jobs of a phase need at most; who calls it has to have it. */
function permissionLines(name: TemplateName): readonly string[] {
  const tells = name === 'osp-phase-0' ? [] : ['  deployments: write', '  issues: write', '  statuses: write'];
  return ['permissions:', '  contents: read', ...tells];
}

function allSecrets(inputsOf: InputsOf): readonly (readonly [string, string])[] {
  const all = chainedPhases.map((name) => secretsOfPhase(name, inputsOf));
  const texts = new Map(
    all
      .toReversed()
      .flatMap((secrets) => Object.entries(secrets).map(([name, { description }]) => [name, description])),
  );
  return [...texts];
}
