import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ActionContext, type ActionResult, readSetInputs, rewriteText } from '@tagflow/action-kit';
import {
  findReasonsInFolder,
  forgetJobs,
  formatMatrixTable,
  isOfAttempt,
  maskResult,
  type MatrixJob,
  runJobs,
  summarize,
  voteOfJob,
  writeResults,
  writeSetFile,
} from '@tagflow/featureset';
import { dropMissing, formatCommandLine } from '@tagflow/runner';
import type { Given, outputs } from './inputs.ts';
import { openRunners, runnerOf } from './places.ts';
import { openLogKeeper } from './results.ts';
import { type Asked, readAsked, readPatterns } from './settings.ts';

/** Runs the jobs, and writes their results. */
export async function run(given: Given, context: ActionContext): Promise<ActionResult<keyof typeof outputs>> {
  const asked = await readAsked(given, context);
  const { jobs } = asked;
  if (jobs === null) {
    const message = `phase ${given.phase ?? ''} has no section ${given.section}`;
    return { outcome: 'nothing-to-do', outputs: { matrix: '[]' }, message };
  }
  const matrix = JSON.stringify(jobs.map(({ job }) => job));
  announce(jobs, asked, context);
  const names = jobs.length === 1 ? 'one job' : `${String(jobs.length)} jobs`;
  if (context.dryRun)
    return { outcome: 'planned', outputs: { matrix, ...dropMissing({ job: given.job }) }, message: names };

  const { ran, files, logUrl } = await runAll(jobs, asked, given, context);
  const { good, passed, failed, message, markdown } = summarize(files.written);
  const [only] = ran.length === 1 ? ran : [];
  return {
    outcome: good ? 'done' : 'failed',
    outputs: {
      ...files.paths,
      matrix,
      passed: String(passed),
      failed: String(failed),
      'log-url': only?.logUrl ?? logUrl,
      ...dropMissing({ job: only?.job, status: only && voteOfJob(only.status) }),
    },
    summary: markdown,
    message,
  };
}

/** Says what runs, and how, before anything does. */
function announce(jobs: readonly MatrixJob[], { config, unheard }: Asked, { log }: ActionContext): void {
  log.info(formatMatrixTable(jobs));
  for (const job of jobs) {
    const runner = runnerOf(config, job.runner);
    const commands = job.steps.length === 0 ? [job.command] : job.steps.map(({ command }) => command);
    const lines = runner.kind === 'command' ? commands.map(formatCommandLine) : [`${runner.kind} at ${runner.url}`];
    for (const line of lines) log.info(`${job.job}: ${line}`);
  }
  const silent = jobs.filter(({ job }) => unheard.includes(job)).map(({ job }) => job);
  if (silent.length > 0)
    log.warning(`no criteria of the phase name ${silent.join(', ')}: what they say decides nothing`);
}

async function runAll(jobs: readonly MatrixJob[], asked: Asked, given: Given, context: ActionContext) {
  const { fullHash, config, release = null, distro = null } = asked;
  const folder = given['logs-to'] ?? join(context.outDir, 'logs');
  const logUrl = given['log-url'] ?? pathToFileURL(folder).href;
  await mkdir(folder, { recursive: true });
  const setFile = (await writeSetFile(await readSetInputs(given), fullHash, join(folder, 'set.json'))) ?? null;
  const startedAt = new Date(context.clock.now()).toISOString();
  const patterns = await readPatterns(given, config);
  const tested = { fullHash, repoUrl: given['repo-url']?.href ?? null, release, distro, setFile };
  const run = await openRunners(jobs, tested, given, config, context);
  const keeper = await openLogKeeper(fullHash, given, config, context);
  const mask = (text: string): string => rewriteText(context.redact(), text);
  const urlOf = (job: string): string => `${logUrl.replace(/\/$/, '')}/${encodeURIComponent(encodeURIComponent(job))}`;
  try {
    const ran = await runJobs(jobs, {
      ...{ run, folder, concurrency: given.concurrency, childEnv: context.childEnv, runId: given['run-id'] ?? null },
      tested,
      findReasons: async (where, log) => {
        const asked = { log, isRead: isOfAttempt(log), signal: context.signal };
        const { first, worst } = await findReasonsInFolder(where, patterns, asked);
        return { first, worst };
      },
      logUrlOf: ({ job }, began, log) => {
        if (keeper !== null) return `${keeper.placeOf(job, began).url}/${log}`;
        return given['log-url'] === undefined && given['log-page'] !== undefined
          ? given['log-page']
          : `${urlOf(job)}/${log}`;
      },
      onResult: async (result, where, began) => {
        const told = maskResult(result, mask);
        return keeper === null ? told : keeper.keep(told, where, keeper.placeOf(result.job, began));
      },
      effects: context,
      progress: context.progress,
    });
    const written = { fullHash, release, distro, startedAt, jobs: ran };
    const paths = await writeResults(folder, written);
    await forgetJobs(jobs, { folder });
    return { ran, files: { paths, written }, logUrl };
  } finally {
    await keeper?.close();
  }
}
