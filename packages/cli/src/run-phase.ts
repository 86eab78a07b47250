import { join } from 'node:path';
import type { PhaseJob, PhaseStep, PhaseTemplate } from '@tagflow/config';
import { type Clock, type Log, type Outcome, type Progress, worseOutcome } from '@tagflow/model';
import pLimit from 'p-limit';
import type { Listener, Place } from './events.ts';
import { cancelledMessage, phaseOutcome, type PhaseResult } from './phase-outcome.ts';
import {
  holds,
  type JobResult,
  type LegResult,
  legsOf,
  outputOf,
  resolveRef,
  type StepResult,
} from './phase-values.ts';

/** Runs one action on raw input texts. */
export type StepExecutor = (
  action: string,
  texts: ReadonlyMap<string, string>,
  parts: { readonly outDir: string; readonly log: Log; readonly progress: Progress },
) => Promise<StepResult>;

export interface PhaseRun {
  readonly release: string;
  readonly phase: string;
  /** Such as `consistent → current-tripleo`, for people. */
  readonly route: string;
  readonly template: PhaseTemplate;
  /** What every step gets: `config`, `phase`. */
  readonly common: Readonly<Record<string, string>>;
  /** Starts the phase from this hash; null resolves the phase's own label. */
  readonly fullHash: string | null;
  readonly execute: StepExecutor;
  readonly listen: Listener;
  readonly clock: Pick<Clock, 'now'>;
  readonly signal: AbortSignal;
  /** The folder below which every step gets one of its own. */
  readonly outDir: string;
  /** Matrix legs at a time. */
  readonly concurrency: number;
}

/**
 * Runs the jobs of a phase in this process as a CI system would run them as jobs: side by side where their needs
 * allow, one leg for each entry of a matrix. Never rejects.
 */
export async function runPhase(run: PhaseRun): Promise<PhaseResult> {
  const { release, phase, route, listen, clock } = run;
  listen({ type: 'phase-begun', release, phase, route, at: clock.now() });
  const started = new Map<string, Promise<JobResult>>();
  // Whoever runs it here sees how it goes.
  const jobs = run.template.jobs.filter(({ tells }) => tells !== true);
  for (const job of jobs) started.set(job.id, runJob(job, run, started));
  const results = new Map<string, JobResult>();
  for (const [id, result] of started) results.set(id, await result);
  const result = phaseOutcome(results);
  listen({ type: 'phase-ended', release, phase, outcome: result.outcome, message: result.message, at: clock.now() });
  return result;
}

async function runJob(
  job: PhaseJob,
  run: PhaseRun,
  started: ReadonlyMap<string, Promise<JobResult>>,
): Promise<JobResult> {
  // The template lists jobs after those that they need, but `started` is still being filled.
  await Promise.resolve();
  const needs = new Map<string, JobResult>();
  for (const id of job.needs) {
    const need = started.get(id);
    if (need !== undefined) needs.set(id, await need);
  }
  const skip = (message: string, how: Pick<JobResult, 'ok' | 'outcome'>): JobResult => {
    run.listen({
      type: 'job-ended',
      place: placeOf(job, run, null),
      outcome: how.outcome,
      message,
      at: run.clock.now(),
    });
    return { ...how, message, outputs: {}, legs: new Map() };
  };
  const lacking = [...needs].filter(([, need]) => !need.ok).map(([id]) => id);
  const hashIsKnown = (needs.get('hash')?.outputs['full-hash'] ?? '') !== '';
  if (run.signal.aborted) return skip(cancelledMessage, { ok: false, outcome: null });
  if (job.when !== undefined) {
    // Not begun, and nothing is lacking. The job that it waits for has said why, or had to be skipped itself.
    const ok = needs.get(job.when.job)?.ok ?? false;
    if (!ok || !holds(job.when, needs)) return skip(`${job.when.job} ended otherwise`, { ok, outcome: null });
  } else if (job.legsOf !== undefined) {
    const followed = needs.get(job.legsOf);
    if (followed?.legs.size === 0) return skip(`no ${job.legsOf} ran`, { ok: followed.ok, outcome: null });
  } else if (lacking.length > 0 && !(job.always === true && hashIsKnown)) {
    return skip(`needs ${lacking.join(', ')}`, { ok: false, outcome: null });
  }
  if (job.onlyNew === true && needs.get('hash')?.outputs['is-new'] === 'false') {
    return skip('the label names this hash already', { ok: true, outcome: 'nothing-to-do' });
  }
  const legs = legsOf(job, needs);
  const limit = pLimit(run.concurrency);
  const results = await Promise.all(
    legs.map((leg) => limit(async () => [leg, await runLeg(job, leg, run, needs)] as const)),
  );
  const ran = results.flatMap(([leg, { outputs }]) => (leg === null ? [] : [[leg, outputs] as const]));
  return { ...joinLegs(results.map(([, result]) => result)), legs: new Map(ran) };
}

function joinLegs(results: readonly LegResult[]): LegResult {
  const [first] = results;
  if (first === undefined) return { ok: true, outcome: 'nothing-to-do', message: 'no jobs', outputs: {} };
  return results.reduce((all, leg) => ({
    ok: all.ok && leg.ok,
    outcome: worseOutcome(all.outcome, leg.outcome),
    message: worseOutcome(all.outcome, leg.outcome) === all.outcome ? all.message : leg.message,
    outputs: { ...all.outputs, ...leg.outputs },
  }));
}

async function runLeg(
  job: PhaseJob,
  leg: string | null,
  run: PhaseRun,
  needs: ReadonlyMap<string, JobResult>,
): Promise<LegResult> {
  const place = placeOf(job, run, leg);
  const { listen, clock } = run;
  listen({ type: 'job-begun', place, at: clock.now() });
  const say = (level: 'debug' | 'info' | 'warning') => (message: string) =>
    listen({ type: 'said', place, level, message });
  const log: Log = { debug: say('debug'), info: say('info'), warning: say('warning') };
  const progress: Progress = (event) => listen({ type: 'progress', place, progress: event });
  const steps = new Map<string, StepResult>();
  let [ok, outcome, message]: [boolean, Outcome | null, string] = [true, null, ''];
  for (const step of job.steps) {
    if (!ok) continue;
    const texts = new Map(Object.entries(run.common));
    for (const [name, value] of Object.entries(step.with))
      texts.set(name, resolveRef(value, { fullHash: run.fullHash, needs, steps, leg }));
    const planned = unmade(step, steps);
    if (planned !== null) {
      steps.set(step.id, { outcome: 'planned', ok: true, outputs: {} });
      outcome = worseOutcome(outcome, 'planned');
      message = `would go on with what ${planned} makes`;
      continue;
    }
    const outDir = join(run.outDir, job.id, ...(leg === null ? [] : [leg]), step.id);
    const result = await run.execute(step.action, texts, { outDir, log, progress });
    steps.set(step.id, result);
    if (worseOutcome(outcome, result.outcome) !== outcome || (ok && !result.ok) || isTelling(step, result)) {
      message = withNext(result.message ?? message, result.next);
    }
    outcome = worseOutcome(outcome, result.outcome);
    ok &&= result.ok;
  }
  listen({ type: 'job-ended', place, outcome, message, at: clock.now() });
  const outputs = Object.fromEntries(
    Object.entries(job.outputs ?? {}).map(([name, from]) => [name, outputOf(steps.get(from.step), from.output)]),
  );
  return { ok, outcome, message, outputs };
}

/** What went wrong is seldom written as a sentence of its own, and what to do about it always is. */
function withNext(message: string, next: string | undefined): string {
  if (next === undefined) return message;
  return `${message}${/[.!?:;]$/.test(message) || message === '' ? '' : '.'} ${next}`.trim();
}

// In a dry run a step has nothing to hand on: what needs it can only be planned, too.
function unmade(step: PhaseStep, steps: ReadonlyMap<string, StepResult>): string | null {
  for (const ref of Object.values(step.with)) {
    if (typeof ref === 'string' || !('step' in ref)) continue;
    const from = steps.get(ref.step);
    if (from?.outcome === 'planned' && (from.outputs[ref.output] ?? '') === '') return ref.step;
  }
  return null;
}

// Of steps that all went well, the last one that says something speaks for the job; a vote is no news.
function isTelling(step: PhaseStep, result: StepResult): boolean {
  return result.ok && result.message !== undefined && step.action !== 'report-result';
}

function placeOf(job: PhaseJob, run: PhaseRun, leg: string | null): Place {
  return { release: run.release, phase: run.phase, job: job.id, leg };
}
