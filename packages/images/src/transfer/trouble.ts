import { StoreError } from '@tagflow/store';

/** What makes a copy go about it in another way. */
export type TroubleKind =
  /** The source's server gives no parts of files. */
  | 'no-ranges'
  /** A file that was to spare bytes cannot be used. */
  | 'base';

/** Something that a transfer can do without went wrong; `cause` says what. */
export class Trouble extends Error {
  readonly kind: TroubleKind;

  constructor(kind: TroubleKind, cause: Error) {
    super(cause.message, { cause });
    this.kind = kind;
  }
}

/** Returns the error of a base as Trouble, but for what would go wrong without it as well. */
export function blameBase(error: unknown): unknown {
  const isBlamed = error instanceof StoreError && error.code !== 'unreachable' && error.code !== 'full';
  return isBlamed || error instanceof Trouble ? new Trouble('base', error) : error;
}
