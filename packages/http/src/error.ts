import { TagflowError } from '@tagflow/model';

export type HttpErrorCode = 'unreachable' | 'timed-out' | 'too-large' | 'bad-url' | 'redirect-refused';

/** What else is known of a failed request. */
export interface HttpErrorFacts {
  readonly cause?: unknown;
  readonly next?: string;
  /** Default true. */
  readonly mayHaveArrived?: boolean;
  /** Default true for `unreachable` and `timed-out`. */
  readonly passing?: boolean;
}

const passingCodes: readonly HttpErrorCode[] = ['unreachable', 'timed-out'];

/**
 * No HTTP answer, or one that must not be used. The outcome is `invalid` for a bad URL, `waiting` where the same
 * request may work later, else `failed`.
 */
export class HttpError extends TagflowError {
  declare readonly code: HttpErrorCode;
  /** False when the request certainly never reached the server: it may be sent again, whatever its method. */
  readonly mayHaveArrived: boolean;
  /** True when the same request may work later. */
  readonly passing: boolean;

  constructor(code: HttpErrorCode, message: string, facts: HttpErrorFacts = {}) {
    const passing = facts.passing ?? passingCodes.includes(code);
    super(code, message, {
      outcome: code === 'bad-url' ? 'invalid' : passing ? 'waiting' : 'failed',
      ...(facts.next === undefined ? {} : { next: facts.next }),
      ...(facts.cause === undefined ? {} : { cause: facts.cause }),
    });
    this.mayHaveArrived = facts.mayHaveArrived ?? true;
    this.passing = passing;
  }
}
