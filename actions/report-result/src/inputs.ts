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
  results: {
    type: 'file',
    description:
      'The results file of run-featureset-tests: it says how each job ended on full-hash, where its log is and why it ' +
      'failed. A job that was cancelled, not started or lost is not reported. Give either this or status.',
  },
  job: {
    type: 'string',
    description:
      'The job that votes, by the name that the criteria use. At most 255 characters. Default: every job of results.',
  },
  status: {
    type: 'string',
    description:
      'Without results: how the job ended, success or failure. An empty text, as a step gives that did not come to its ' +
      'end, reports nothing. That a job runs DLRN cannot record for a chosen hash.',
  },
  'log-url': {
    type: 'url',
    schemes: ['http', 'https', 'file'],
    description:
      'Where the logs of this run of the job are. A result that DLRN lists with it already is not sent again; ' +
      'without it one run cannot be told from another, and every report is recorded. At most 1024 characters. ' +
      'Default: that of results.',
  },
  notes: {
    type: 'string',
    description: 'Words for people, such as why it failed; before those of results. At most 65,535 bytes.',
  },
  'dlrn-url': { type: 'url', description: 'The DLRN API, the part before /api/. Default: that of tagflow.yaml.' },
  username: {
    type: 'string',
    description: 'The user at DLRN, for auth-method basic. Default: that of tagflow.yaml.',
  },
  password: { type: 'secret', description: 'The password at DLRN, for auth-method basic.' },
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
  'server-principal': {
    type: 'string',
    description:
      'For auth-method kerberos: what Kerberos calls the server, such as HTTP/dlrn.example.org, where dlrn-url has the ' +
      'name of an alias. Default: what tagflow.yaml says, else HTTP/ and the host of dlrn-url.',
  },
} as const satisfies InputSpecs;

export type Given = InputValues<typeof inputs & CommonInputs>;

export const outputs = {
  vote: 'The vote as DLRN lists it, as JSON, when there is a single one.',
  votes: 'The votes as DLRN lists them, as a JSON list; a job that gave none has none.',
  'votes-url': "DLRN's page of all votes on the hash.",
} as const;
