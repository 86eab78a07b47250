import { ParseError } from './error.ts';

declare const digestBrand: unique symbol;

/** A content address, `sha256:` and 64 lower-case hex digits. */
export type Digest = string & { readonly [digestBrand]: true };

const digestPattern = /^sha256:[0-9a-f]{64}$/;

/**
 * Returns the text as a digest.
 * @throws ParseError when it is not `sha256:` followed by 64 lower-case hex digits.
 */
export function parseDigest(text: string): Digest {
  if (!digestPattern.test(text)) {
    throw new ParseError(`digest "${text}" is not a digest: "sha256:" and 64 lower-case hex digits`);
  }
  return text as Digest;
}
