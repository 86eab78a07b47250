import type { CommonInputs, InputSpecs, InputValues } from '@tagflow/action-kit';
import { outcomes } from '@tagflow/model';

export const inputs = {
  config: {
    type: 'file',
    required: true,
    description: 'The tagflow.yaml of the release: it names the label, and where DLRN is.',
  },
  phase: {
    type: 'string',
    required: true,
    description: 'The phase of tagflow.yaml whose promotion is told, such as upstream.',
  },
  'full-hash': { type: 'string', description: 'The hash that was promoted, or judged.' },
  'previous-hash': { type: 'string', description: 'What the label named before.' },
  outcome: {
    type: 'enum',
    options: outcomes,
    description: 'How promote-symlink ended. Empty: it did not come to it.',
  },
  verdict: {
    type: 'string',
    description: 'The verdict of promote-symlink, as JSON: it says why, and whose jobs are open.',
  },
  message: { type: 'string', description: 'Why it ended so, in a sentence. Default: what the verdict says.' },
  explanation: {
    type: 'string',
    description: 'What the nearest candidate lacks, for the issue, such as tagflow explain says it. Default: message.',
  },
  'promotion-id': {
    type: 'string',
    description: 'The promotion in the ledger: by it a promotion that was told is known again.',
  },
  'log-page': { type: 'url', description: 'Where the log is. Default: the page of the run of GitHub.' },
  environment: { type: 'string', description: "GitHub's environment that stands for the label. Default: the label." },
  'environment-url': { type: 'url', description: 'Where the environment can be looked at, such as a dashboard.' },
  'github-token': {
    type: 'secret',
    description:
      'The token of the job, with deployments: write, statuses: write and issues: write. Without it nothing is asked, ' +
      'nor told.',
  },
  'github-url': {
    type: 'url',
    description: "GitHub's API. Default: GITHUB_API_URL, else https://api.github.com.",
  },
  repository: { type: 'string', description: 'The repository, owner/name. Default: GITHUB_REPOSITORY.' },
  commit: {
    type: 'string',
    description: 'The commit that deployments and statuses are of, all 40 digits. Default: GITHUB_SHA.',
  },
  'run-id': { type: 'string', description: 'The run of the workflow. Default: GITHUB_RUN_ID.' },
  'red-after': {
    type: 'duration',
    description: 'How long the label may go without a promotion, such as 36h. Default: what the phase says, 7d.',
  },
  password: { type: 'secret', description: 'The password at a DLRN that answers its users only (protected-reads).' },
  keytab: { type: 'file', description: 'The keytab at a DLRN that answers its users only, by Kerberos.' },
} as const satisfies InputSpecs;

export const outputs = {
  deployment: 'The address of the deployment in the API; none where nothing was brought anywhere.',
  status: 'The address of the commit status in the API.',
  issue: 'The page of the issue, while the label is red, and of the one that was closed now.',
} as const;

export type Given = InputValues<typeof inputs & Omit<CommonInputs, keyof typeof inputs>>;
