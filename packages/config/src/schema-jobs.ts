import * as z from 'zod';
import { command, duration, environment, jobName, jobNameTemplate, placeName } from './values.ts';

export const timeout = duration.describe('How long it may take, such as 45m or 2h.');
export const env = environment
  .default({})
  .describe('Variables that the command gets besides those of tagflow. No secrets.');

// YAML reads 020 without quotes as the number 20; both mean featureset 020.
const featureset = z
  .union([
    z.string().regex(/^\d{3}$/, 'a featureset is three digits, such as "020"'),
    z.int('a featureset is three digits, such as "020"').min(0).max(999),
  ])
  .describe('The three digits of the featureset. Default: those in the name of the job.');

const runner = placeName.describe(
  'Where it runs: a name under runners, or command, which is a process on this machine.',
);
const retries = z
  .int('retries is a whole number')
  .min(0, 'retries is at least 0')
  .max(10, 'retries is at most 10')
  .describe('How often it is started again when infrastructure failed. A failure of what is tested is final.');
const results = z
  .enum(['optional', 'required', 'exit-status'])
  .describe(
    'What a success rests on. optional: the exit status, and report files (JUnit, subunit) where the job leaves any. required: a report file has to be there. exit-status: report files are not read.',
  );

const jobFields = {
  job: jobNameTemplate.describe(
    'The name under which the job votes. {arch} and {distro} in it stand for each of arches and distros.',
  ),
  featureset: featureset.optional(),
  nodes: z
    .string()
    .regex(/^[0-9a-z]+(?:_[0-9a-z]+)*$/, 'nodes are such as 3ctlr_1comp')
    .optional()
    .describe('The nodes that the job runs on, such as 3ctlr_1comp. Default: those in the name of the job.'),
  arches: z
    .array(z.string().regex(/^[a-z0-9_]+$/, 'an architecture is such as x86_64'))
    .min(1, 'name at least one architecture')
    .optional()
    .describe('One job for each, which votes for itself; the name holds {arch}.'),
  distros: z
    .array(z.string().regex(/^[a-z][a-z0-9._-]*$/, 'a distro is such as centos9'))
    .min(1, 'name at least one distro')
    .optional()
    .describe('One job for each, which votes for itself; the name holds {distro}.'),
  runner: runner.optional(),
  retries: retries.optional(),
  results: results.optional(),
  command: command.optional().describe('Runs this job instead of the common command.'),
  timeout: timeout.optional(),
  env,
};
const testJob = z.strictObject({
  ...jobFields,
  voting: z.boolean().default(true).describe('false: a failure is reported and fails nothing.'),
});
const afterJob = z.strictObject(jobFields);

const runFields = {
  runner: runner.default('command'),
  retries: retries.default(0),
  results: results.default('optional'),
  command: command.optional().describe('Runs every job that has no command of its own.'),
  timeout: timeout.default('4h'),
  env,
};

export const test = z
  .strictObject({
    ...runFields,
    jobs: z
      .array(z.union([jobName, testJob]))
      .min(1, 'name at least one job')
      .describe('The jobs, each a name or an object.'),
  })
  .describe('The jobs that test the hash and vote on it.');

export const after = z
  .strictObject({
    ...runFields,
    jobs: z
      .array(z.union([jobName, afterJob]))
      .min(1, 'name at least one job')
      .describe('The jobs, each a name or an object. None of them votes.'),
  })
  .describe('Further jobs that run when the hash was promoted, such as scale tests.');
