import type { HttpError } from '@tagflow/http';
import { type ErrorFacts, TagflowError } from '@tagflow/model';

export type DlrnErrorCode =
  /** No credentials, or wrong ones. */
  | 'unauthorized'
  /** DLRN refuses the label's name, or this user. */
  | 'refused'
  /** The address is not that of a DLRN API or of a repository tree. */
  | 'not-found'
  /** DLRN, or the tree, does not know this hash, label or component. */
  | 'nothing-there'
  /** This DLRN is older than what it was asked for. */
  | 'unsupported'
  /** DLRN found nothing of what was asked for, and took something else without saying so. */
  | 'substituted'
  /** DLRN says that the request is wrong. */
  | 'invalid-request'
  /** The build was purged and cannot be promoted any more. */
  | 'purged'
  | 'server-error'
  /** Something answered, and not what was asked for: HTML, a broken file, another hash than the one in question. */
  | 'unexpected-answer'
  | 'unreachable'
  /** DLRN lists the label as promoted and its tree does not have it, again and again. */
  | 'label-vanished'
  /** The label is not where the caller saw it: somebody else moves it. */
  | 'hash-changed'
  /** The label keeps a component that the wanted aggregate lacks, so that it can never become that aggregate. */
  | 'component-left-over'
  /** The promotion did not happen; the label is where it was, read back. */
  | 'not-promoted'
  /** The promotion happened in part, or nobody can tell. */
  | 'half-promoted'
  /** The label is where it was, and the server may still be carrying out a promotion that nobody saw the end of. */
  | 'unclear'
  | 'bad-input';

/** Facts of a {@link DlrnError}. */
export interface DlrnErrorFacts extends ErrorFacts {
  /** The HTTP status that was answered. */
  readonly status?: number;
}

/** Raised by everything that talks to a DLRN or reads its repository tree. */
export class DlrnError extends TagflowError {
  declare readonly code: DlrnErrorCode;
  readonly status: number | undefined;

  constructor(code: DlrnErrorCode, message: string, facts: DlrnErrorFacts = {}) {
    super(code, message, facts);
    this.status = facts.status;
  }
}

/** Returns the error for a request that got no answer. */
export function unreachable(who: string, cause: HttpError): DlrnError {
  return new DlrnError('unreachable', `${who} does not answer: ${cause.message}`, {
    cause,
    outcome: cause.outcome,
    next: cause.next ?? 'Check the address, or try again later.',
  });
}
