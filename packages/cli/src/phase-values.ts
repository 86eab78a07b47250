import type { Condition, PhaseJob, Ref } from '@tagflow/config';
import type { Outcome } from '@tagflow/model';

/** How a step ended. */
export interface StepResult {
  readonly outcome: Outcome;
  readonly ok: boolean;
  readonly outputs: Readonly<Record<string, string>>;
  readonly message?: string;
  /** What the reader can do about it. */
  readonly next?: string;
}

/** How one leg of a job ended. */
export interface LegResult {
  readonly ok: boolean;
  /** Null: it was not begun. */
  readonly outcome: Outcome | null;
  readonly message: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** How a job ended, all its legs together. */
export interface JobResult extends LegResult {
  /** Entry of the matrix → outputs, for each leg that was begun; none for a job without a matrix. */
  readonly legs: ReadonlyMap<string, LegResult['outputs']>;
}

/** What a step of a job can refer to. */
export interface Scope {
  /** The hash that the phase was started from; null where it looks one up. */
  readonly fullHash: string | null;
  readonly needs: ReadonlyMap<string, JobResult>;
  readonly steps: ReadonlyMap<string, StepResult>;
  readonly leg: string | null;
}

/** Returns an output of a step; its outcome is one, too. */
export function outputOf(step: StepResult | undefined, name: string): string {
  return (name === 'outcome' ? step?.outcome : step?.outputs[name]) ?? '';
}

/** Returns whether a job that waits for another one may begin. */
export function holds(when: Condition, needs: Scope['needs']): boolean {
  const text = needs.get(when.job)?.outputs[when.output] ?? '';
  return when.is === 'something' ? text !== '' : when.is.includes(text);
}

/** Returns the entries of a job's matrix that it runs for; one null without a matrix. */
export function legsOf(job: PhaseJob, needs: Scope['needs']): readonly (string | null)[] {
  if (job.legsOf !== undefined) return [...(needs.get(job.legsOf)?.legs.keys() ?? [])];
  if (job.matrix === undefined) return [null];
  const [from = '', output = ''] = job.matrix.split('.');
  const text = needs.get(from)?.outputs[output] ?? '';
  const list: unknown = text === '' ? [] : JSON.parse(text);
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}

/** Returns what an input of a step is; empty where there is nothing. */
export function resolveRef(value: Ref | string, { fullHash, needs, steps, leg }: Scope): string {
  const outputOfJob = ({ job, output }: { readonly job: string; readonly output: string }): string =>
    needs.get(job)?.outputs[output] ?? '';
  if (typeof value === 'string') return value;
  if ('matrix' in value) return leg ?? '';
  if ('input' in value) return fullHash ?? '';
  if ('ci' in value) return '';
  if ('plan' in value) return outputOfJob({ job: value.plan, output: 'plan' });
  if ('resultsOf' in value) return needs.get(value.resultsOf)?.legs.get(leg ?? '')?.['results'] ?? '';
  if ('firstOf' in value) return value.firstOf.map(outputOfJob).find((text) => text !== '') ?? '';
  if ('step' in value) return steps.get(value.step)?.outputs[value.output] ?? '';
  if ('job' in value) return outputOfJob(value);
  const files = value.sets.map((job) => outputOfJob({ job, output: 'set' }));
  return files.filter((file) => file !== '').join('\n');
}
