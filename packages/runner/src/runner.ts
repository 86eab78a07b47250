import type { Effects } from '@tagflow/model';

/** A job as a runner gets it: everything is said, nothing is inherited. */
export interface RunRequest {
  /** For messages. */
  readonly name: string;
  /** The program and its arguments. No shell reads them. */
  readonly command: readonly string[];
  /** The whole environment of the job. */
  readonly env: Readonly<Record<string, string>>;
  /** The folder to start in; default: this process's. */
  readonly cwd?: string;
  /** Where the output goes, both streams in order of arrival; the folder is made. */
  readonly logFile: string;
  readonly timeoutMs: number;
  /** Each line of the output, without its line end. */
  readonly onLine?: (line: string) => void;
}

export type RunStatus = 'success' | 'failure' | 'timed-out' | 'cancelled' | 'not-started';

export interface RunResult {
  readonly status: RunStatus;
  /** Null when the job did not end by itself. */
  readonly exitCode: number | null;
  readonly durationMs: number;
  readonly logFile: string;
  /** Why it is not a success, as a sentence; null for a success. */
  readonly reason: string | null;
}

export type RunEffects = Pick<Effects, 'clock' | 'signal'>;

/** Runs a job somewhere and waits for its end. A job that fails is a result, not an error. */
export interface Runner {
  run(request: RunRequest, effects: RunEffects): Promise<RunResult>;
}
