/** Why a job failed, as its log tells. */
export interface FailureReason {
  /** The name of the pattern. */
  readonly pattern: string;
  /** A sentence for people. */
  readonly reason: string;
  /** `infra`: the job could not say anything of the hash. `product`: what was tested is broken. */
  readonly kind: 'infra' | 'product';
  /** 1 (a symptom) to 3 (the cause itself). */
  readonly severity: 1 | 2 | 3;
  /** Where it is known, as a URL. */
  readonly bug: string | null;
  /** The file, relative to the job's folder, and the line in it, from 1. */
  readonly file: string;
  readonly line: number;
  /** The line itself, cut to 300 characters, without control characters. */
  readonly text: string;
}

/** What the logs of a job tell. Null where no pattern matched. */
export interface FailureReasons {
  /** What was seen first, in the order of the files and lines. */
  readonly first: FailureReason | null;
  /** The first of the highest severity, one of the product before one of infrastructure. */
  readonly worst: FailureReason | null;
}
