import { type PhaseJob, phaseTemplates, type Ref, type TemplateName } from '@tagflow/config';

/** What every step has that knows the input: input → what a workflow writes. The templates leave it out. */
export const commonValues: Readonly<Record<string, string>> = {
  config: '${{ inputs.config }}',
  phase: '${{ inputs.phase }}',
  password: '${{ secrets.DLRN_PASSWORD }}',
  'quay-token': '${{ secrets.QUAY_TOKEN }}',
  'registry-auth': '${{ secrets.REGISTRY_AUTH }}',
  'ssh-key': '${{ secrets.SSH_KEY }}',
  'known-hosts': '${{ inputs.known-hosts }}',
  'runner-token': '${{ secrets.RUNNER_TOKEN }}',
  'nodes-auth': '${{ secrets.NODES_AUTH }}',
  auth: '${{ secrets.HAND_OFF_AUTH }}',
};

/**
 * Returns the expression for an output of a job that may have been skipped: empty then. GitHub says so by itself; act
 * (0.2.89) gives the text of the expression, unevaluated.
 */
export function outputOf(job: string, output: string): string {
  // Jobs that run whenever there is a hash; without one, nothing asks.
  const isSure = ['hash', 'plan'].includes(job);
  const value = `needs.${job}.outputs.${output}`;
  return isSure ? value : `needs.${job}.result != 'skipped' && ${value}`;
}

/** What only GitHub knows. */
export const ciValues: Readonly<Record<Extract<Ref, { readonly ci: unknown }>['ci'], string>> = {
  'log-url': '${{ github.server_url }}/${{ github.repository }}/actions/runs/${{ github.run_id }}',
  token: '${{ github.token }}',
  // Who starts it by hand has the label's own: a name of their choice could be one that asks nobody.
  environment: "${{ format(inputs.environment || '{0}', needs.plan.outputs.label, needs.plan.outputs.release) }}",
  // A promotion that died, or that ran into a time limit, says nothing: nobody knows what it had moved.
  outcome:
    "${{ needs.promote.result == 'skipped' && (needs.plan.outputs.outcome || 'failed') || needs.promote.outputs.outcome || 'half-done' }}",
};

interface WorkflowInput {
  readonly description: string;
  readonly type: 'string' | 'number';
  readonly default: string;
}

/** The inputs of a phase's workflow, called or dispatched: name → what people read about it. */
export function inputsOfPhase(name: TemplateName): Readonly<Record<string, WorkflowInput>> {
  const { jobs } = phaseTemplates[name];
  const text = (description: string, given: string): WorkflowInput => ({
    description,
    type: 'string',
    default: given,
  });
  return {
    config: text('The tagflow.yaml of the release.', 'tagflow.yaml'),
    phase: text('The phase in it.', name),
    'full-hash': text('Start from this hash instead of what the first label names.', "''"),
    'known-hosts': text('The known_hosts file for sftp image stores.', "''"),
    'runs-on': text(
      'The label of the machines that do it: of your own ones, where a server lets nobody else in.',
      'ubuntu-24.04',
    ),
    ...(jobs.some(({ approval }) => approval === true)
      ? {
          environment: text(
            'The environment of the job that moves the label, whose rules may ask for approval. {0} is the label, {1} the release.',
            "'{0}'",
          ),
        }
      : {}),
    ...(jobs.some(isLong)
      ? {
          'test-timeout-minutes': {
            description: 'How long a test job may take; over 360 on machines of your own only.',
            type: 'number' as const,
            default: '360',
          },
        }
      : {}),
  };
}

const secretTexts: Readonly<Record<string, string>> = {
  DLRN_PASSWORD: 'The password at DLRN.',
  REGISTRY_AUTH: 'A docker config JSON with the credentials of the registries.',
  QUAY_TOKEN: 'An OAuth token for the API of quay, where registries are marked with create-repositories.',
  SSH_KEY: 'The private key for sftp image stores.',
  NODES_AUTH: 'What the commands that take machines for jobs log in with.',
  RUNNER_TOKEN: 'The token of the runner that jobs run on, or a line NAME=TOKEN for each.',
  HAND_OFF_AUTH: 'The key that deliveries to a web hook are signed with.',
  LEDGER_PASSWORD: 'The password of a ledger in PostgreSQL.',
};

/** What a step has that opens the ledger: PostgreSQL's own variable, as its other clients read it. */
export const ledgerVariables: Readonly<Record<string, string>> = { PGPASSWORD: '${{ secrets.LEDGER_PASSWORD }}' };

export interface WorkflowSecret {
  readonly description: string;
  readonly required: boolean;
}

/** The names of the inputs that an action has. */
export type InputsOf = (action: string) => readonly string[];

/** The secrets that a phase's workflow takes: name → what people read about it. */
export function secretsOfPhase(name: TemplateName, inputsOf: InputsOf): Readonly<Record<string, WorkflowSecret>> {
  const { jobs } = phaseTemplates[name];
  const moves = jobs.some(({ approval }) => approval === true);
  const known = new Set(jobs.flatMap(({ steps }) => steps.flatMap(({ action }) => inputsOf(action))));
  const values = [
    ...Object.entries(commonValues),
    ...Object.values(ledgerVariables).map((value) => ['ledger', value] as const),
  ];
  const used = Object.entries(secretTexts).filter(([secret]) =>
    values.some(([input, value]) => known.has(input) && value === `\${{ secrets.${secret} }}`),
  );
  return Object.fromEntries(
    used.map(([secret, text]) => {
      const isPassword = secret === 'DLRN_PASSWORD';
      const description = isPassword && !moves ? 'The password at DLRN, where it protects its reads.' : text;
      return [secret, { description, required: isPassword && moves }];
    }),
  );
}

/** What the run of a phase ends with: output → expression. */
export function outputsOfPhase(name: TemplateName): Readonly<Record<string, WorkflowOutput>> {
  const moves = phaseTemplates[name].jobs.some(({ approval }) => approval === true);
  // The job that tells people knows, since it runs whatever became of the others.
  const outcome = moves ? 'status' : 'hand-off';
  return {
    'full-hash': { description: 'The hash that the run was about.', value: '${{ jobs.hash.outputs.full-hash }}' },
    outcome: {
      description: `How the ${moves ? 'promotion' : 'hand-off'} ended; nothing when it did not come to it.`,
      value: `\${{ jobs.${outcome}.outputs.outcome || jobs.hash.outputs.outcome }}`,
    },
  };
}

export interface WorkflowOutput {
  readonly description: string;
  readonly value: string;
}

/** Whether a job runs tests, which take as long as they take. */
export function isLong({ matrix, legsOf }: PhaseJob): boolean {
  return matrix !== undefined && legsOf === undefined;
}
