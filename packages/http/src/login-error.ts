import { type FailureOutcome, TagflowError } from '@tagflow/model';

export type LoginErrorCode =
  | 'no-curl'
  /** There is a curl, built without GSS-API. */
  | 'no-gss'
  /** The keytab cannot be read, or is none, or holds a key that is not valid any more. */
  | 'bad-keytab'
  /** What was given as the server's principal is none. */
  | 'bad-principal'
  | 'no-ticket'
  | 'ticket-expired'
  /** The KDC does not know the principal, or does not let it in. */
  | 'refused-by-kdc'
  /** The KDC does not know the server, so there is nobody to make a ticket for. */
  | 'no-service'
  | 'clock-skew'
  | 'kdc-unreachable'
  | 'kerberos-failed';

const outcomes: Readonly<Record<LoginErrorCode, FailureOutcome>> = {
  'no-curl': 'invalid',
  'no-gss': 'invalid',
  'bad-keytab': 'invalid',
  'bad-principal': 'invalid',
  'no-ticket': 'invalid',
  'ticket-expired': 'invalid',
  'refused-by-kdc': 'failed',
  'no-service': 'failed',
  'clock-skew': 'failed',
  'kdc-unreachable': 'waiting',
  'kerberos-failed': 'failed',
};

/** There is nothing to log in with. The request in question was not sent. */
export class LoginError extends TagflowError {
  declare readonly code: LoginErrorCode;

  constructor(code: LoginErrorCode, message: string, next: string, cause?: unknown) {
    super(code, message, { outcome: outcomes[code], next, ...(cause === undefined ? {} : { cause }) });
  }
}
