import * as z from 'zod';
import { runnerPlaceholders } from './runner-types.ts';
import { checked, command, duration, placeName, url, visibility } from './values.ts';

const poll = duration.default('30s').describe('How often it is asked how a job is doing.');
const plainHttp = z
  .boolean()
  .default(false)
  .describe('Allows an http:// url on another machine. The token can be read on the way there.');

const known = runnerPlaceholders.map((name) => `{${name}}`).join(', ');
const parameter = checked((text) => {
  const rest = text.replaceAll(/\{([^{}]*)\}/g, (all, name: string) =>
    runnerPlaceholders.some((one) => one === name) ? '' : all,
  );
  const unknown = /\{[^{}]*\}?|\}/.exec(rest)?.[0];
  return unknown === undefined ? null : `"${unknown}" is not a fact of a job; allowed: ${known}`;
});
const parameterName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, 'the name of a parameter is letters, digits, ".", "_" and "-"');
const parameters = z.record(parameterName, parameter).default({});
const word = (what: string) => z.string().min(1, `${what} is not empty`);

const nodes = z
  .strictObject({
    get: command.describe('Takes the machines. Prints a JSON object: {"session": "…", "hosts": ["…"]}.'),
    release: command.describe('Gives them back. TAGFLOW_NODES_SESSION names the session.'),
    count: z.int('count is a whole number').min(1, 'count is at least 1').default(1).describe('How many machines.'),
    attempts: z
      .int('attempts is a whole number')
      .min(1, 'attempts is at least 1')
      .default(10)
      .describe('How often they are asked for.'),
    delay: duration.default('3m').describe('How long to wait before machines are asked for again.'),
  })
  .describe('Machines that a job runs on: taken before it, given back after it, whatever happens.');

const commandRunner = z.strictObject({
  kind: z.literal('command').describe('A process on this machine.'),
  grace: duration.default('10s').describe('How long a job may tidy up after its time limit.'),
  nodes: nodes.optional(),
});

const githubRunner = z.strictObject({
  kind: z.literal('github').describe('A workflow of a repository at GitHub.'),
  url: url(['https', 'http']).default('https://api.github.com').describe('The base URL of the API.'),
  repository: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/, 'a repository is owner/name')
    .describe('The repository whose workflow is started.'),
  workflow: z
    .string()
    .regex(/^[\w.-]+\.ya?ml$/, 'a workflow is a file name such as test.yml')
    .describe('The file of the workflow; it has workflow_dispatch.'),
  ref: word('a ref').default('main').describe('The branch or tag that it is started on.'),
  inputs: parameters.describe(`The inputs of the workflow. ${known} stand for facts of the job.`),
  'key-input': parameterName
    .default('tagflow_key')
    .describe('The input that gets the key of the run; the run-name of the workflow has to show it.'),
  reports: word('an artifact').optional().describe('The artifact that holds JUnit or subunit files.'),
  poll,
  'plain-http': plainHttp,
});

const zuulRunner = z.strictObject({
  kind: z.literal('zuul').describe('A job of a Zuul pipeline.'),
  url: url(['https', 'http']).describe('The base URL of Zuul, the part before /api/.'),
  tenant: word('a tenant').describe('The tenant.'),
  project: word('a project').describe('The project that is enqueued.'),
  pipeline: word('a pipeline').describe('The pipeline that it is enqueued in.'),
  branch: word('a branch').default('master').describe('The branch that is enqueued.'),
  job: parameter.default('{job}').describe(`The name of the job there. ${known} stand for facts of the job.`),
  parameters: parameters.describe(
    `Variables of the job, where the pipeline has allow-parameters and the project declares them. ${known} stand for facts of the job.`,
  ),
  'key-parameter': parameterName
    .optional()
    .describe('The variable that gets the key of the run. Default: a run is known by the hash that its log names.'),
  reports: z
    .array(word('a pattern'))
    .default([])
    .describe('The artifacts that are JUnit or subunit files, by patterns of their names (* stands for anything).'),
  poll,
  'plain-http': plainHttp,
});

const jenkinsRunner = z.strictObject({
  kind: z.literal('jenkins').describe('A parameterised job of Jenkins, such as those of ci.centos.org.'),
  url: url(['https', 'http']).describe('The base URL of Jenkins.'),
  username: word('a user name').optional().describe('Who starts builds. The API token is an input of the action.'),
  job: parameter
    .default('{job}')
    .describe(`The job there, folders separated by "/". ${known} stand for facts of the job.`),
  parameters: parameters.describe(`Parameters of the build. ${known} stand for facts of the job.`),
  'key-parameter': parameterName
    .default('TAGFLOW_KEY')
    .describe('The parameter that gets the key of the run, by which it is found again.'),
  reports: z
    .array(word('a pattern'))
    .default([])
    .describe('The artifacts that are JUnit or subunit files, by patterns of their paths (* stands for anything).'),
  poll,
  'plain-http': plainHttp,
});

export const runnersSchema = z
  .record(placeName, z.discriminatedUnion('kind', [commandRunner, githubRunner, zuulRunner, jenkinsRunner]))
  .default({})
  .describe('Where jobs run, by the name that phases use. Tokens are inputs of the actions, never written here.');

export const logsSchema = z
  .strictObject({
    url: url(['sftp', 'file'], ['file']).describe('The store that keeps the logs of jobs.'),
    'read-url': url(['https', 'http', 'file'], ['file'])
      .optional()
      .describe('Where readers find what is written to url, when that is another address.'),
    'host-key': z
      .string()
      .regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'a fingerprint is SHA256: and 43 characters, as ssh-keygen -l prints it')
      .optional()
      .describe('The fingerprint of the key of an sftp:// server.'),
    visibility: visibility
      .default('public')
      .describe('internal: only insiders can read them, as has to be where a phase builds what is internal.'),
  })
  .optional()
  .describe('Where the logs of jobs are kept, so that votes can link to them. Default: the folder of the run.');

export const failurePatternsSchema = z
  .array(word('a path'))
  .default([])
  .describe('Files of patterns that tell why a job failed; they come before those that tagflow brings.');
