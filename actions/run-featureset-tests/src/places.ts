import type { ActionContext } from '@tagflow/action-kit';
import { type Config, ownRunner, resolveRunner, type RunnerConfig } from '@tagflow/config';
import { type JobEnding, jobFacts, type MatrixJob, type RunAttempt, type TestedHash } from '@tagflow/featureset';
import { TagflowError } from '@tagflow/model';
import {
  createCommandBroker,
  createCommandRunner,
  createRemoteCi,
  createRemoteRunner,
  fillPlaceholders,
  type Runner,
  RunnerError,
  withNodes,
} from '@tagflow/runner';
import type { Given } from './inputs.ts';

/** Returns what runs an attempt of a job on the runner that it names. What is wrong with one is told before any job runs. */
export async function openRunners(
  jobs: readonly MatrixJob[],
  tested: TestedHash,
  given: Given,
  config: Config | null,
  context: ActionContext,
): Promise<RunAttempt> {
  const runners = new Map<MatrixJob, Runner>();
  for (const job of jobs)
    runners.set(job, await openRunner(job, runnerOf(config, job.runner), { tested, given, config, context }));
  return async (job, request) => {
    const runner = runners.get(job);
    if (runner === undefined) throw new TagflowError('no-runner', `job "${job.job}" runs on no runner`);
    const cwd = given.workspace === undefined ? {} : { cwd: given.workspace };
    return runner
      .run({ ...request, ...cwd }, context)
      .catch((error: unknown) => unkept(error, runnerOf(config, job.runner)));
  };
}

/** Without its log nobody could look at how it ended, and what nobody can look at says nothing of the hash. */
function unkept(error: unknown, { kind }: RunnerConfig): JobEnding {
  if (!(error instanceof RunnerError) || error.code !== 'log-unwritable') throw error;
  return {
    status: 'lost',
    exitCode: null,
    durationMs: 0,
    reason: error.message,
    url: null,
    mayRun: kind !== 'command',
  };
}

/**
 * Returns a runner by its name.
 * @throws TagflowError `bad-input` for one that needs a config
 */
export function runnerOf(config: Config | null, name: string): RunnerConfig {
  if (config !== null) return resolveRunner(config, name);
  if (name === ownRunner.name) return ownRunner;
  throw new TagflowError('bad-input', `input "runner": "${name}" is no runner without config; allowed: command`, {
    outcome: 'invalid',
    next: 'Give the config that has it under runners.',
  });
}

/** How far apart the timers of periodic pipelines are at most, but for weekly ones. */
const timerMs = 24 * 3_600_000;

interface RunnerParts {
  readonly tested: TestedHash;
  readonly given: Given;
  readonly config: Config | null;
  readonly context: ActionContext;
}

async function openRunner(
  job: MatrixJob,
  wanted: RunnerConfig,
  { tested, given, config, context }: RunnerParts,
): Promise<Runner> {
  if (wanted.kind === 'command') {
    const runner = createCommandRunner({ graceMs: wanted.graceMs });
    if (wanted.nodes === null) return runner;
    const auth = given['nodes-auth']?.reveal();
    const env = { ...context.childEnv, ...(auth === undefined ? {} : { TAGFLOW_NODES_AUTH: auth }) };
    return withNodes(runner, createCommandBroker({ ...wanted.nodes, env }), wanted.nodes);
  }
  const facts = { name: job.job, key: '', facts: jobFacts(job, tested, '') };
  const known =
    'job' in wanted ? { ...wanted, job: fillPlaceholders({ job: wanted.job }, facts)['job'] ?? '' } : wanted;
  const token = tokenOf(given, wanted.name, config);
  const ci = await createRemoteCi(known, { token }, context);
  // Without a token nothing can be enqueued: it is the build of a timer that is waited for.
  const waits = wanted.kind === 'zuul' && token === null;
  return createRemoteRunner(ci, { pollMs: wanted.pollMs, ...(waits ? { visibleMs: timerMs } : {}) });
}

/**
 * The token of a runner: that of its line `NAME=TOKEN`, or the only one.
 * @throws TagflowError `bad-input` for several lines of which none is the runner's
 */
function tokenOf(given: Given, runner: string, config: Config | null): string | null {
  const text = given['runner-token']?.reveal().trim();
  if (text === undefined || text === '') return null;
  const lines = text.split('\n').map((line) => line.trim());
  const named = Object.keys(config?.runners ?? {}).filter((name) => lines.some((line) => line.startsWith(`${name}=`)));
  const own = lines.find((line) => line.startsWith(`${runner}=`));
  if (own !== undefined) return own.slice(runner.length + 1);
  if (lines.length === 1 && named.length === 0) return text;
  throw new TagflowError('bad-input', `input "runner-token" has no line for the runner ${runner}`, {
    outcome: 'invalid',
    next: `It has lines for ${named.join(', ') || 'no runner of config'}: add a line ${runner}=TOKEN.`,
  });
}
