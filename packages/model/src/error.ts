import type { FailureOutcome } from './outcome.ts';

/** Extra facts of a {@link TagflowError}. */
export interface ErrorFacts {
  /** What the failure means to the caller; decides the exit code. Default `failed`. */
  readonly outcome?: FailureOutcome;
  /** What the reader can do next, as a sentence. */
  readonly next?: string;
  readonly cause?: unknown;
}

/**
 * The base of every error that tagflow raises on purpose. Each package has one subclass that narrows `code` to a
 * closed union; the hosts print the message, the causes and `next`, and take the exit code from `outcome`.
 */
export class TagflowError extends Error {
  readonly code: string;
  readonly outcome: FailureOutcome;
  readonly next: string | undefined;

  constructor(code: string, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = new.target.name;
    this.code = code;
    this.outcome = facts.outcome ?? 'failed';
    this.next = facts.next;
  }
}

/** Raised by the parsers of this package: the text is not what it should be. Always `invalid`. */
export class ParseError extends TagflowError {
  constructor(message: string, next?: string) {
    super('malformed', message, next === undefined ? { outcome: 'invalid' } : { outcome: 'invalid', next });
  }
}

/** Returns what somebody threw has to say: an error's message, or the thing itself as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
