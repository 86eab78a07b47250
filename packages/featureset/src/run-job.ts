import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Effects } from '@tagflow/model';
import { jobFacts, jobVariables, type TestedHash } from './job-facts.ts';
import { type JobNotes, readNotes, writeNotes } from './job-journal.ts';
import type { MatrixJob } from './matrix.ts';
import type { FailureReasons } from './reason.ts';
import { isInfrastructure } from './reasons/infrastructure.ts';
import { decideEvidence } from './reports/evidence.ts';
import { readReports } from './reports/read-reports.ts';
import type { JobResult, JobStatus } from './results.ts';

/** A job as a runner gets it. */
export interface JobRequest {
  readonly name: string;
  /** The same for the same job, command, hash and attempt: a runner finds by it what it has started. */
  readonly key: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly facts: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly resultsDir: string;
  readonly timeoutMs: number;
  /** False where nobody reads the reports. */
  readonly readsReports: boolean;
  readonly onLine: (line: string) => void;
}

/** How a runner says that a job ended. */
export interface JobEnding {
  readonly status: JobStatus;
  readonly exitCode: number | null;
  readonly durationMs: number;
  readonly reason: string | null;
  /** The page of the run at the system that ran it. */
  readonly url: string | null;
  /** True when it may go on, because nobody could see it end. */
  readonly mayRun?: boolean;
}

/** Runs one attempt of a job to its end, on the runner that the job names. */
export type RunAttempt = (job: MatrixJob, request: JobRequest) => Promise<JobEnding>;

export interface RunJobOptions {
  readonly run: RunAttempt;
  readonly tested: TestedHash;
  /**
   * Tells this run from other ones, so that it is found again where nothing is left on this machine. Null: what lies in
   * the folder tells.
   */
  readonly runId: string | null;
  /** What every job may inherit. A job's own variables win over these, and those of tagflow over both. */
  readonly childEnv: Readonly<Record<string, string>>;
  /** Tells what the logs in a folder say of a failure, the named one first. */
  readonly findReasons: (folder: string, log: string) => Promise<FailureReasons>;
  /** Where people find a log in the folder of the job, which began at that time. */
  readonly logUrlOf: (job: MatrixJob, startedAt: string, log: string) => string;
  readonly effects: Pick<Effects, 'clock' | 'log' | 'signal'>;
  readonly say: (line: string) => void;
}

export interface EndedJob {
  readonly result: JobResult;
  /** When it was begun first, ISO 8601. */
  readonly startedAt: string;
}

const tailLines = 30;

/**
 * Runs one job in its folder, again where infrastructure failed, and returns how it ended. What an earlier, interrupted
 * call for the same hash has seen to its end is returned as it was.
 */
export async function runJob(job: MatrixJob, folder: string, options: RunJobOptions): Promise<EndedJob> {
  const { effects, tested } = options;
  await mkdir(folder, { recursive: true });
  const key = keyOf(job, tested, options.runId);
  const { notes: known, generation } = await readNotes(folder, key);
  if (known?.result != null) {
    effects.log.info(`${job.job}: it ended before this run was interrupted, and is not run again`);
    return { result: known.result, startedAt: known.startedAt };
  }
  let notes: JobNotes = known ?? {
    ...{ key, startedAt: new Date(effects.clock.now()).toISOString(), attempts: 0, result: null, isCancelled: false },
  };
  // Only with an id other systems are asked for the same key again.
  const runKey = options.runId === null || generation === 1 ? key : `${key}.run-${generation}`;
  if (known === null || known.isCancelled) {
    // What a run of before left must not be read as that of this one.
    for (let attempt = notes.attempts + 1; attempt <= job.retries + 1; attempt += 1) {
      await rm(resultsOf(folder, attempt), { recursive: true, force: true });
    }
  }
  for (;;) {
    notes = { ...notes, isCancelled: false };
    await writeNotes(folder, notes);
    const attempt = notes.attempts + 1;
    const at = { folder, attempt, key: runKey, startedAt: notes.startedAt };
    const { result, mayRun } = await runAttempt(job, at, options);
    // Beside one that may go on no other one is started.
    const again = attempt <= job.retries && isWorthAgain(result) && !mayRun && !effects.signal.aborted;
    // A cancelled job may be asked for again, and then it has to be run.
    if (result.status === 'cancelled') notes = { ...notes, isCancelled: true };
    else notes = { ...notes, attempts: attempt, result: again ? null : result };
    await writeNotes(folder, notes);
    if (!again) return { result, startedAt: notes.startedAt };
    effects.log.warning(`${job.job}: infrastructure failed (${whyOf(result)}); attempt ${attempt + 1} begins`);
  }
}

function keyOf(job: MatrixJob, { fullHash }: TestedHash, runId: string | null): string {
  return plain([job.job, fullHash, ...digestOf(job), ...(runId === null ? [] : [runId])].join('-'));
}

/** What tells a job from one of its name that does something else; nothing where its runner knows what to do. */
function digestOf({ command, steps }: MatrixJob): readonly string[] {
  if (command.length === 0 && steps.length === 0) return [];
  const text = JSON.stringify([command, steps.map((step) => [step.name, step.command])]);
  return [createHash('sha256').update(text).digest('hex').slice(0, 8)];
}

function plain(text: string): string {
  return text.replaceAll(/[^\w.-]/g, '-');
}

// A failure of what is tested is the answer that was asked for: only what hindered the test is tried again.
function isWorthAgain({ status, reasons, tests }: JobResult): boolean {
  if (status === 'not-started' || status === 'lost') return true;
  if (tests !== null && tests.failed > 0) return false;
  return (status === 'failure' || status === 'timed-out') && reasons !== null && isInfrastructure(reasons);
}

function whyOf({ reasons, reason, status }: JobResult): string {
  return reasons?.worst?.reason ?? reason ?? status;
}

function suffixOf(attempt: number): string {
  return attempt === 1 ? '' : `-${attempt}`;
}

function resultsOf(folder: string, attempt: number): string {
  return join(folder, `results${suffixOf(attempt)}`);
}

interface Attempt {
  readonly folder: string;
  /** From 1. */
  readonly attempt: number;
  readonly key: string;
  readonly startedAt: string;
}

async function runAttempt(
  job: MatrixJob,
  at: Attempt,
  options: RunJobOptions,
): Promise<{ readonly result: JobResult; readonly mayRun: boolean }> {
  const { tested, childEnv, effects } = options;
  // What the first attempt left is evidence still, and must not be read as that of the next one.
  const suffix = suffixOf(at.attempt);
  const resultsDir = resultsOf(at.folder, at.attempt);
  const logName = `job${suffix}.log`;
  await mkdir(resultsDir, { recursive: true });
  const tail: string[] = [];
  // Without an id of the run, its beginning tells it from those of other calls.
  const began = options.runId === null ? `-${plain(at.startedAt)}` : '';
  const key = `${at.key}${began}${suffix}`;
  const request: Omit<JobRequest, 'name' | 'command'> = {
    ...{ key, timeoutMs: job.timeoutMs, resultsDir, logFile: join(at.folder, logName) },
    env: { ...childEnv, ...job.env, ...jobVariables(job, tested, { folder: at.folder, resultsDir }) },
    facts: jobFacts(job, tested, key),
    readsReports: job.results !== 'exit-status',
    onLine: (line) => {
      if (tail.push(line) > tailLines) tail.shift();
      options.say(line);
    },
  };
  const ended = await runSteps(job, request, options.run);
  const judged = await judge(job, ended, resultsDir, effects);
  const isGood = judged.status === 'success';
  const reasons = isGood || judged.status === 'cancelled' ? null : await options.findReasons(at.folder, logName);
  const result: JobResult = {
    ...{ job: job.job, featureset: job.featureset, nodes: job.nodes, voting: job.voting },
    ...{ ...judged, exitCode: ended.exitCode, durationMs: ended.durationMs },
    logUrl: options.logUrlOf(job, at.startedAt, ended.log),
    tail: isGood ? [] : tail,
    attempts: at.attempt,
    runUrl: ended.url,
    reasons,
  };
  return { result, mayRun: ended.mayRun === true };
}

/** Runs the commands of a job, each with a log of its own, up to the first that does not end well. */
async function runSteps(job: MatrixJob, request: Omit<JobRequest, 'name' | 'command'>, run: RunAttempt) {
  if (job.steps.length === 0) {
    return { ...(await run(job, { ...request, name: job.job, command: job.command })), log: basename(request.logFile) };
  }
  let { logFile } = request;
  let durationMs = 0;
  let ended: JobEnding | null = null;
  for (const [index, { name, command }] of job.steps.entries()) {
    const number = String(index + 1).padStart(2, '0');
    const isLast = index === job.steps.length - 1;
    const step = `${number}-${name.replaceAll(/[^\w.-]/g, '-')}`;
    logFile = isLast ? request.logFile : request.logFile.replace(/\.log$/, `.${step}.log`);
    ended = await run(job, {
      ...{ ...request, name: `${job.job}, ${name}`, command, key: `${request.key}.${number}` },
      // The time limit is that of the whole job.
      timeoutMs: Math.max(1, request.timeoutMs - durationMs),
      logFile,
    });
    durationMs += ended.durationMs;
    if (ended.status !== 'success') {
      ended = { ...ended, reason: `${name}: ${ended.reason ?? ended.status}` };
      break;
    }
  }
  if (ended === null) throw new Error(`job ${job.job} has no steps`);
  return { ...ended, durationMs, log: basename(logFile) };
}

/** A job that ended by itself is believed as far as what it left agrees. */
async function judge(
  job: MatrixJob,
  { status, reason }: JobEnding,
  resultsDir: string,
  { log }: RunJobOptions['effects'],
): Promise<Pick<JobResult, 'status' | 'reason' | 'tests'>> {
  if (job.results === 'exit-status') return { status, reason, tests: null };
  const { report, problems } = await readReports(resultsDir, { name: basename(resultsDir) });
  for (const problem of problems) log.warning(`${job.job}: ${problem}`);
  if (status !== 'success' && status !== 'failure') return { status, reason, tests: report };
  const { results } = job;
  return { ...decideEvidence({ endedWell: status === 'success', reason, report, problems, results }), tests: report };
}
