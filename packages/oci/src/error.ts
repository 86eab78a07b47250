import { type ErrorFacts, TagflowError } from '@tagflow/model';

export type OciErrorCode =
  | 'bad-reference'
  | 'bad-auth-file'
  | 'bad-list'
  | 'empty-list'
  | 'missing-containers'
  | 'not-found'
  | 'unauthorized'
  | 'denied'
  | 'rate-limited'
  | 'refused'
  | 'unexpected-answer'
  | 'digest-mismatch'
  | 'schema1'
  /** The hash is there with other contents; they are never overwritten. */
  | 'published-differently'
  | 'tag-changed'
  | 'tag-not-moved'
  | 'incomplete'
  | 'impossible'
  /** The registry does not let this tag move, whoever asks. */
  | 'immutable'
  /** What a build left in files is not what it should be. */
  | 'bad-archive'
  /** The registry's API would not make a repository. */
  | 'not-created';

/** Facts of an {@link OciError}. */
export interface OciErrorFacts extends ErrorFacts {
  /** How long the registry asked us to stay away. */
  readonly retryAfterMs?: number;
}

/** What a registry, a reference or a list of containers did not allow. */
export class OciError extends TagflowError {
  declare readonly code: OciErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: OciErrorCode, message: string, facts: OciErrorFacts = {}) {
    super(code, message, facts);
    this.retryAfterMs = facts.retryAfterMs;
  }
}
