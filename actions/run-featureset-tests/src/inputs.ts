import type { CommonInputs, InputSpecs, InputValues } from '@tagflow/action-kit';

export const inputs = {
  'full-hash': { type: 'string', required: true, description: 'The hash to test, from get-repo-hash.' },
  'repo-url': { type: 'url', description: 'The immutable directory of the hash, from get-repo-hash.' },
  release: { type: 'string', description: 'The release, such as master; default: that of config.' },
  distro: { type: 'string', description: 'The distribution, such as centos9; default: that of config.' },
  section: {
    type: 'enum',
    options: ['test', 'after'],
    default: 'test',
    description: 'Which jobs of the phase: those before the promotion, or those after it.',
  },
  job: { type: 'string', description: 'Run only this job; default: every job of the section.' },
  featureset: {
    type: 'list',
    description: 'Without config: the featuresets, such as 001; the names of the jobs are made of them.',
  },
  nodes: {
    type: 'list',
    description: 'Without config: the nodes, such as 3ctlr_1comp, that each featureset runs on.',
  },
  environment: {
    type: 'enum',
    options: ['multinode', 'singlenode', 'standalone', 'ovb'],
    default: 'multinode',
    description: 'Without config: the kind of environment in the names of the jobs.',
  },
  'featureset-files': {
    type: 'string',
    description:
      'Where the files of tripleo-quickstart are: a folder, or a URL with {commit} and {path}. A job without a command ' +
      'then runs the playbooks of its featureset, one after the other, in the folder that `workspace` names.',
  },
  'featureset-commit': {
    type: 'string',
    description: 'The commit of featureset-files, 40 hexadecimal digits; a folder may go without.',
  },
  workspace: { type: 'path', description: 'The folder that commands start in. Default: that of this process.' },
  set: { type: 'list', description: 'Paths of set.json files; merged into the one that TAGFLOW_SET names.' },
  command: {
    type: 'string',
    description: 'The command line of a job. No shell reads it; TAGFLOW_* variables tell it what to test.',
  },
  env: { type: 'list', description: 'More variables for the command, each NAME=value. No secrets: logs are public.' },
  timeout: { type: 'duration', description: 'The time limit of a job; default: that of config, or 4h.' },
  voting: {
    type: 'enum',
    options: ['true', 'false'],
    description: 'Whether a failure counts; default: as config says.',
  },
  retries: {
    type: 'integer',
    min: 0,
    max: 10,
    description: 'How often a job is started again when infrastructure failed; default: as config says, or never.',
  },
  'require-results': {
    type: 'boolean',
    default: 'false',
    description: 'A success has to come with a report (JUnit or subunit) in TAGFLOW_RESULTS_DIR, whatever config says.',
  },
  concurrency: { type: 'integer', default: '1', min: 1, max: 64, description: 'How many jobs run at the same time.' },
  runner: {
    type: 'string',
    description: 'Where jobs run: a name under runners of config, or command: a process on this machine.',
  },
  'runner-token': {
    type: 'secret',
    description: 'The token for the runner; with several of them a line NAME=TOKEN for each. Jobs never get to see it.',
  },
  'nodes-auth': {
    type: 'secret',
    description: 'What the commands that take machines and give them back get as TAGFLOW_NODES_AUTH; jobs do not.',
  },
  'failure-patterns': {
    type: 'list',
    description: 'Files of patterns that tell why a job failed, before those of config and those that tagflow brings.',
  },
  'run-id': {
    type: 'string',
    description:
      'Tells this run from other ones, such as the number of a CI build: a job that was started with it is found again, ' +
      'and not started twice, even where nothing is left on this machine. Default: what lies in logs-to tells.',
  },
  'featureset-cache': {
    type: 'path',
    description: 'The folder that keeps files of a featureset-files URL. Default: none.',
  },
  'logs-to': {
    type: 'path',
    description: 'The folder for logs and results; default: one of this run. A run that was interrupted goes on there.',
  },
  'log-url': {
    type: 'string',
    description: 'Where people find the folder of logs-to. Default: its file: URL; logs of config win over both.',
  },
  'log-page': {
    type: 'string',
    description: 'The page of this run at the CI system: where people look where config and log-url name no place.',
  },
  'ssh-key': { type: 'secret', description: 'The private key for sftp:// logs of config.' },
  'known-hosts': { type: 'file', description: 'The known_hosts file for sftp:// logs of config.' },
} as const satisfies InputSpecs;

export const outputs = {
  job: 'The job that ran, when it was a single one.',
  matrix: 'The names of the jobs, as a JSON list for a GitHub matrix.',
  status: 'success or failure of a single job; nothing when it could not say anything of the hash.',
  passed: 'How many jobs succeeded.',
  failed: 'How many jobs did not, non-voting ones included.',
  results: 'The path of the results file, for report-result.',
  junit: 'The path of the JUnit XML file.',
  'log-url': 'Where the log of the single job is, or the folder of all logs.',
} as const;

export type Given = InputValues<typeof inputs & CommonInputs>;
