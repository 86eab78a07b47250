import { join } from 'node:path';
import type { PhaseJob, PhaseStep, PhaseTemplate, Ref } from '@tagflow/config';
import { type Clock, exitCode, type Log, type Outcome, type Progress, worseOutcome } from '@tagflow/model';
import pLimit from 'p-limit';
import type { Listener, Place } from './events.ts';

/** How a step ended. */
export interface StepResult {
  readonly outcome: Outcome;
  readonly ok: boolean;
  readonly outputs: Readonly<Record<string, string>>;
  readonly message?: string;
  /** What the reader can do about it. */
  readonly next?: string;
}

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

export interface PhaseResult {
  readonly outcome: Outcome;
  readonly message: string;
  readonly fullHash: string | null;
}

interface JobResult {
  readonly ok: boolean;
  readonly outcome: Outcome | null;
  readonly message: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * Runs the jobs of a phase in this process as a CI system would run them as jobs: side by side where their needs
 * allow, one leg for each entry of a matrix. Never rejects.
 */
export async function runPhase(run: PhaseRun): Promise<PhaseResult> {
  const { release, phase, route, listen, clock } = run;
  listen({ type: 'phase-begun', release, phase, route, at: clock.now() });
  const started = new Map<string, Promise<JobResult>>();
  for (const job of run.template.jobs) started.set(job.id, runJob(job, run, started));
  const results = new Map<string, JobResult>();
  for (const [id, result] of started) results.set(id, await result);
  const result = conclude(results);
  listen({ type: 'phase-ended', release, phase, outcome: result.outcome, message: result.message, at: clock.now() });
  return result;
}

const cancelledMessage = 'cancelled before everything was begun: the same command goes on';

/** The jobs that write what others see. When all went well, what they did is what the phase did. */
const movers: readonly string[] = ['pin', 'promote', 'mirror', 'hand-off'];

function conclude(results: ReadonlyMap<string, JobResult>): PhaseResult {
  const fullHash = results.get('hash')?.outputs['full-hash'] ?? null;
  const promoted = results.get('promote')?.outcome ?? null;
  let outcome: Outcome | null = null;
  let message = '';
  for (const [id, result] of results) {
    // The promotion has judged the tests' votes already: a failed informing job does not fail the phase.
    if (result.outcome === null || (id === 'test' && promoted !== null)) continue;
    if (result.ok && !movers.includes(id)) continue;
    const worst = worseOutcome(outcome, result.outcome);
    if (worst !== outcome || (id === 'promote' && worst === result.outcome)) message = result.message;
    outcome = worst;
  }
  const quiet = [...results.values()].every(({ ok }) => ok) ? 'nothing-to-do' : 'failed';
  // What was not begun because somebody said stop is not done, however well the rest went.
  const cancelled = [...results.values()].some(
    (result) => result.outcome === null && result.message === cancelledMessage,
  );
  if (cancelled && (outcome === null || exitCode(outcome) === 0))
    return { outcome: 'failed', message: cancelledMessage, fullHash };
  return { outcome: outcome ?? quiet, message, fullHash };
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
  const lacking = [...needs].filter(([, need]) => !need.ok).map(([id]) => id);
  const hashIsKnown = (needs.get('hash')?.outputs['full-hash'] ?? '') !== '';
  const runs = lacking.length === 0 || (job.always === true && hashIsKnown);
  if (!runs || run.signal.aborted) {
    const message = run.signal.aborted ? cancelledMessage : `needs ${lacking.join(', ')}`;
    run.listen({ type: 'job-ended', place: placeOf(job, run, null), outcome: null, message, at: run.clock.now() });
    return { ok: false, outcome: null, message, outputs: {} };
  }
  if (job.onlyNew === true && needs.get('hash')?.outputs['is-new'] === 'false') {
    const message = 'the label names this hash already';
    run.listen({
      type: 'job-ended',
      place: placeOf(job, run, null),
      outcome: 'nothing-to-do',
      message,
      at: run.clock.now(),
    });
    return { ok: true, outcome: 'nothing-to-do', message, outputs: {} };
  }
  const legs = legsOf(job, needs);
  const limit = pLimit(run.concurrency);
  const results = await Promise.all(legs.map((leg) => limit(() => runLeg(job, leg, run, needs))));
  return joinLegs(results);
}

function joinLegs(results: readonly JobResult[]): JobResult {
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
): Promise<JobResult> {
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
    if (!ok && step.always !== true) continue;
    const texts = new Map(Object.entries(run.common));
    for (const [name, value] of Object.entries(step.with))
      texts.set(name, resolveRef(value, { run, needs, steps, leg }));
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
    Object.entries(job.outputs ?? {}).map(([name, from]) => [name, steps.get(from.step)?.outputs[from.output] ?? '']),
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
  return result.ok && result.message !== undefined && step.always !== true;
}

function legsOf(job: PhaseJob, needs: ReadonlyMap<string, JobResult>): readonly (string | null)[] {
  if (job.matrix === undefined) return [null];
  const [from = '', output = ''] = job.matrix.split('.');
  const text = needs.get(from)?.outputs[output] ?? '';
  const list: unknown = text === '' ? [] : JSON.parse(text);
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}

interface Scope {
  readonly run: PhaseRun;
  readonly needs: ReadonlyMap<string, JobResult>;
  readonly steps: ReadonlyMap<string, StepResult>;
  readonly leg: string | null;
}

function resolveRef(value: Ref | string, scope: Scope): string {
  if (typeof value === 'string') return value;
  if ('matrix' in value) return scope.leg ?? '';
  if ('input' in value) return scope.run.fullHash ?? '';
  if ('ci' in value) return '';
  if ('step' in value) return scope.steps.get(value.step)?.outputs[value.output] ?? '';
  if ('job' in value) return scope.needs.get(value.job)?.outputs[value.output] ?? '';
  const files = value.sets.map((id) => scope.needs.get(id)?.outputs['set'] ?? '');
  return files.filter((file) => file !== '').join('\n');
}

function placeOf(job: PhaseJob, run: PhaseRun, leg: string | null): Place {
  return { release: run.release, phase: run.phase, job: job.id, leg };
}
