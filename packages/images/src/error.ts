import { type ErrorFacts, type FailureOutcome, TagflowError } from '@tagflow/model';

/**
 * - `bad-layout`: a template cannot say where a hash or a label is
 * - `bad-name`: what cannot be the name of an image
 * - `no-images`, `no-source`, `no-checksum`: nothing to work on, nowhere to take it from, nothing to check it with
 * - `not-published`: the store has no set of the hash
 * - `unreadable-set`: what stands there as set.json is none
 * - `unreadable-index`: what stands there as a chunk index is none
 * - `checksum-mismatch`: bytes are not what was promised
 * - `published-differently`: the hash is there with other contents; they are never overwritten
 * - `internal-to-public`: what insiders alone may see was about to go to a public store
 * - `moved-meanwhile`: a link is neither where the plan saw it nor where it should go
 * - `cannot-switch`: a folder stands where a link has to be
 * - `unclear-links`: nobody can tell what the links of a store keep, so that nothing may be removed
 * - `not-taken`: a write was accepted and reads back otherwise
 * - `bad-archive`: what came as an archive of images is none, or holds what nobody should unpack
 * - `bad-build`: what a builder left is not what it had to leave
 * - `disk-full`: a disk of this machine has not enough room, whatever the cache may give up
 */
export type ImagesErrorCode =
  | 'bad-layout'
  | 'bad-name'
  | 'no-images'
  | 'no-source'
  | 'no-checksum'
  | 'not-published'
  | 'unreadable-set'
  | 'unreadable-index'
  | 'checksum-mismatch'
  | 'published-differently'
  | 'internal-to-public'
  | 'moved-meanwhile'
  | 'cannot-switch'
  | 'unclear-links'
  | 'not-taken'
  | 'bad-archive'
  | 'bad-build'
  | 'disk-full';

const outcomes: Partial<Readonly<Record<ImagesErrorCode, FailureOutcome>>> = {
  'bad-layout': 'invalid',
  'bad-name': 'invalid',
  'internal-to-public': 'invalid',
};

/** Something about disk images went wrong; `code` says what. The outcome is `failed` where the code implies no other. */
export class ImagesError extends TagflowError {
  declare readonly code: ImagesErrorCode;

  constructor(code: ImagesErrorCode, message: string, facts: ErrorFacts = {}) {
    super(code, message, { outcome: outcomes[code] ?? 'failed', ...facts });
  }
}
