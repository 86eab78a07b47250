import type { Effects } from '@tagflow/model';

/** A job as a runner gets it: everything is said, nothing is inherited. */
export interface RunRequest {
  /** For messages. */
  readonly name: string;
  /**
   * Tells this run from every other one, and is the same when it is asked for again: a run that was started with it is
   * found again, and not started twice. One line of letters, digits, `.`, `_` and `-`.
   */
  readonly key: string;
  /** The program and its arguments. No shell reads them. Runners of other systems start what those systems know. */
  readonly command: readonly string[];
  /** The whole environment of the job, for a runner that starts processes. */
  readonly env: Readonly<Record<string, string>>;
  /** What the job tests, by the placeholders that the parameters of other systems are written with: `full-hash` … */
  readonly facts: Readonly<Record<string, string>>;
  /** The folder to start in; default: this process's. */
  readonly cwd?: string;
  /** Where the output goes, both streams in order of arrival; the folder is made. What a run needs to be found lies there. */
  readonly logFile: string;
  /** Where the report files of the job go: it writes them itself, or they are fetched from where it ran. */
  readonly resultsDir: string;
  readonly timeoutMs: number;
  /**
   * False where nobody reads the reports: then those that cannot be fetched are only warned about. Default: true, and
   * without them the run is `lost`, because what it says of itself is not all that counts.
   */
  readonly readsReports?: boolean;
  /** Each line of the output, without its line end. */
  readonly onLine?: (line: string) => void;
}

/**
 * - `success`, `failure`: the job ended by itself and says so
 * - `timed-out`: it was ended at its time limit
 * - `cancelled`: it was ended because somebody said stop
 * - `not-started`: it never ran; `lost`: it was begun, and nobody knows how it ended. Neither says anything of the hash.
 */
export type RunStatus = 'success' | 'failure' | 'timed-out' | 'cancelled' | 'not-started' | 'lost';

export interface RunResult {
  readonly status: RunStatus;
  /** Null when the job did not end by itself, and where its system knows none. */
  readonly exitCode: number | null;
  /** From its start, also when that was before this process began. */
  readonly durationMs: number;
  readonly logFile: string;
  /** Why it is not a success, as a sentence; null for a success. */
  readonly reason: string | null;
  /** The page of the run at the system that ran it; null for a process of this machine. */
  readonly url: string | null;
  /** True when it was started before, by a process that is gone, and only found here. */
  readonly found: boolean;
  /** True when it may go on at the system that runs it, because nobody could see it end: it is not to be started again. */
  readonly mayRun?: boolean;
}

export type RunEffects = Pick<Effects, 'clock' | 'signal' | 'log'>;

/** Runs a job somewhere and waits for its end. A job that fails is a result, not an error. */
export interface Runner {
  run(request: RunRequest, effects: RunEffects): Promise<RunResult>;
}
