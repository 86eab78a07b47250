import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type ActionContext, nearest } from '@tagflow/action-kit';
import { type Config, loadConfig, resolvePhase, unheardJobs } from '@tagflow/config';
import {
  chooseJobs,
  type MatrixJob,
  openFeaturesetSource,
  parsePatterns,
  planDefaults,
  type ReasonPattern,
  runGit,
  stepsOfJob,
  withDefaultPatterns,
} from '@tagflow/featureset';
import { splitRepoUrl } from '@tagflow/dlrn';
import { createApi } from '@tagflow/http';
import { type FullHash, parseFullHash } from '@tagflow/model';
import { parseCommandLine, parseVariables } from '@tagflow/runner';
import type { Given } from './inputs.ts';

/** What is to be run. */
export interface Asked {
  readonly fullHash: FullHash;
  readonly config: Config | null;
  readonly release: string | undefined;
  readonly distro: string | undefined;
  /** Null: the phase has no such section. */
  readonly jobs: readonly MatrixJob[] | null;
  /** Jobs that vote, and that no criteria of the phase name: what they say decides nothing. */
  readonly unheard: readonly string[];
}

/** Returns what the inputs ask for; those that are given win over what tagflow.yaml says. */
export async function readAsked(given: Given, context: ActionContext): Promise<Asked> {
  const fullHash = parseFullHash(given['full-hash']);
  const repoUrl = given['repo-url'];
  // A job that got one hash's name and another one's repository would vote for what it never saw.
  if (repoUrl !== undefined) splitRepoUrl(repoUrl.href, fullHash);
  const config = given.config === undefined ? null : await loadConfig(given.config);
  const phase = config === null ? null : resolvePhase(config, given.phase ?? '');
  const section = phase === null ? null : phase[given.section];
  const release = given.release ?? config?.release;
  const distro = given.distro ?? config?.distro;
  const facts = { fullHash, config, release, distro };
  if (phase !== null && section === null) return { ...facts, jobs: null, unheard: [] };
  const chosen = chooseJobs(section?.jobs ?? null, {
    ...given,
    featuresets: given.featureset,
    release,
    distro,
    command: given.command === undefined ? undefined : parseCommandLine(given.command),
    env: parseVariables(given.env),
    timeoutMs: given.timeout,
    voting: given.voting === undefined ? undefined : given.voting === 'true',
    results: given['require-results'] ? 'required' : undefined,
    stepsFollow: given['featureset-files'] !== undefined,
  });
  const jobs = await withSteps(chosen, given, context);
  return { ...facts, jobs, unheard: phase === null || given.section === 'after' ? [] : unheardJobs(phase) };
}

/** Returns the jobs, those without a command with the steps that the files of their featuresets say. */
async function withSteps(
  jobs: readonly MatrixJob[],
  given: Given,
  context: ActionContext,
): Promise<readonly MatrixJob[]> {
  const from = given['featureset-files'];
  if (from === undefined) return jobs;
  const { clock, log, random, signal, env } = context;
  const place = /^[a-z][a-z+.-]+:\/\//u.test(from) ? from : resolve(from);
  const home = env('HOME') ?? planDefaults.home;
  const exec = runGit({ PATH: env('PATH'), HOME: env('HOME') }, signal);
  const source = openFeaturesetSource(
    { from: place, commit: given['featureset-commit'] ?? null, cache: given['featureset-cache'] ?? null },
    { exec, api: createApi({ clock, log, random, signal }), random },
  );
  return Promise.all(
    jobs.map(async (job) =>
      job.command.length > 0 || job.runner !== 'command'
        ? job
        : { ...job, steps: await stepsOfJob(job.job, { source, home, nearest }) },
    ),
  );
}

/** Returns the patterns that tell why a job failed, in the order in which they count. */
export async function readPatterns(given: Given, config: Config | null): Promise<readonly ReasonPattern[]> {
  const files = [...given['failure-patterns'], ...(config?.failurePatterns ?? [])];
  const read = await Promise.all(files.map(async (file) => parsePatterns(await readFile(file, 'utf8'), file)));
  return withDefaultPatterns(read.flat());
}
