import type { FailureReason, JobResult, MatrixJob } from '../src/index.ts';

/** A job of a phase as it usually is. */
export function matrixJob(name: string, more: Partial<MatrixJob> = {}): MatrixJob {
  return {
    ...{ job: name, featureset: null, nodes: null, voting: true, command: ['run', name], env: {}, timeoutMs: 1000 },
    ...{ runner: 'command', retries: 0, results: 'optional', arch: null, distro: null, steps: [] },
    ...more,
  };
}

/** How a job ended: well, unless something else is said. */
export function jobResult(name: string, more: Partial<JobResult> = {}): JobResult {
  return {
    ...{ job: name, featureset: null, nodes: null, voting: true, status: 'success', exitCode: 0, durationMs: 1500 },
    ...{ logUrl: 'file:///l', reason: null, tail: [], attempts: 1, runUrl: null, tests: null, reasons: null },
    ...more,
  };
}

export const mirrorDown: FailureReason = {
  ...{ pattern: 'mirror', reason: 'a mirror did not answer', kind: 'infra', severity: 2, bug: null },
  ...{ file: 'job.log', line: 7, text: 'Could not resolve host: mirror.example' },
};
