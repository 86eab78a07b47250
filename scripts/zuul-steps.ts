import type { InputSpecs } from '@tagflow/action-kit';
import type { PhaseStep, Ref } from '@tagflow/config';

export interface ZuulStep {
  readonly id: string;
  readonly action: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Those of the job's secrets that the action takes. */
  readonly secrets: readonly string[];
}

/**
 * Returns a step as a variable of a job. References stay data: Ansible freezes the variables of a job whose playbook is
 * trusted before the first step ran, and would read templates in what a server said.
 */
export function stepOnZuul(step: PhaseStep, specs: InputSpecs, isTest: boolean): ZuulStep {
  const inputs = Object.entries(step.with);
  const more = Object.hasOwn(specs, 'known-hosts') ? { 'known-hosts': '{{ tagflow_known_hosts | default("") }}' } : {};
  const logs = isTest ? { 'logs-to': '{{ promotion_logs_to }}' } : {};
  return {
    id: step.id,
    action: step.action,
    inputs: { ...Object.fromEntries(inputs), ...more, ...logs },
    // A test runs code that nobody has judged yet: its job has no secrets.
    secrets: isTest ? [] : Object.keys(specs).filter((name) => specs[name]?.type === 'secret'),
  };
}

/** Returns the jobs whose results the steps take. */
export function jobsIn(steps: readonly PhaseStep[]): readonly string[] {
  const values = steps.flatMap((step) => Object.values(step.with)).filter((value) => typeof value === 'object');
  return [...new Set(values.flatMap(jobsOf))];
}

function jobsOf(ref: Ref): readonly string[] {
  if ('job' in ref) return [ref.job];
  if ('firstOf' in ref) return ref.firstOf.map(({ job }) => job);
  if ('sets' in ref) return ref.sets;
  return 'plan' in ref ? [ref.plan] : [];
}
