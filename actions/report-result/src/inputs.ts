import type { CommonInputs, InputSpecs, InputValues } from '@tagflow/action-kit';

export const inputs = {
  'full-hash': {
    type: 'string',
    required: true,
    description: 'The hash that was tested: of a build, or of an aggregate.',
  },
  'repo-url': {
    type: 'url',
    description: 'The immutable directory of full-hash. Default: where tagflow.yaml says that the repository is.',
  },
  job: { type: 'string', required: true, description: 'The job that votes, by the name that the criteria use.' },
  status: {
    type: 'string',
    required: true,
    description: 'How the job ended: success or failure. DLRN takes no votes of running jobs.',
  },
  'log-url': {
    type: 'url',
    schemes: ['http', 'https', 'file'],
    description:
      'Where the logs of this run of the job are. A result that DLRN lists with it already is not sent again; ' +
      'without it one run cannot be told from another, and every report is recorded.',
  },
  notes: { type: 'string', description: 'Words for people, such as why it failed.' },
  'dlrn-url': { type: 'url', description: 'The DLRN API, the part before /api/. Default: that of tagflow.yaml.' },
  username: {
    type: 'string',
    description: 'The user at DLRN; not needed for kerberos. Default: that of tagflow.yaml.',
  },
  password: { type: 'secret', description: 'The password at DLRN; not needed for kerberos.' },
  'auth-method': {
    type: 'enum',
    options: ['basic', 'kerberos'],
    description:
      'How to log in at DLRN. basic: username and password. kerberos: keytab, or the ticket that kinit left, by curl. ' +
      'Default: what tagflow.yaml says, else basic.',
  },
  keytab: {
    type: 'file',
    description: 'The keytab for auth-method kerberos; its first principal logs in, and no kinit is needed.',
  },
} as const satisfies InputSpecs;

export type Given = InputValues<typeof inputs & CommonInputs>;
