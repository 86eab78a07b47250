/** Time, as something that is passed in. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Words for people. Hosts decide where they go (stderr, annotations) and mask secrets in them. */
export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warning(message: string): void;
}

/** Something countable moved on. */
export interface ProgressEvent {
  /** What is being done, such as `copy containers to docker`. The same words name the same bar. */
  readonly what: string;
  readonly done: number;
  /** Null while nobody knows. */
  readonly total: number | null;
  readonly unit: 'bytes' | 'containers' | 'files' | 'writes' | 'jobs';
  /** What else is worth knowing now, in a few words, such as `12.0 MB sent, 8.1 MB/s`. */
  readonly note?: string;
}

export type Progress = (event: ProgressEvent) => void;

/** What long work needs from outside. A package asks for the members that it uses. */
export interface Effects {
  readonly clock: Clock;
  readonly log: Log;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}
