import type { PhaseJob, Ref } from './phase-shape.ts';

export const hashOutputs = ['outcome', 'full-hash', 'repo-url', 'is-new', 'release', 'distro'] as const;
/** The hash that everything in the run is about, resolved once. */
export const fullHash = { 'full-hash': { job: 'hash', output: 'full-hash' } };
/** The same, with its directory. */
export const theHash = { ...fullHash, 'repo-url': { job: 'hash', output: 'repo-url' } };

/** The outputs of a step, as those of its job. */
export function outputsOf(step: string, names: readonly string[]): NonNullable<PhaseJob['outputs']> {
  return Object.fromEntries(names.map((output) => [output, { step, output }]));
}

/** The input `set`, where these jobs learned parts of one. */
export function setsOf(jobs: readonly string[]): Readonly<Record<string, Ref>> {
  return jobs.length === 0 ? {} : { set: { sets: jobs } };
}
