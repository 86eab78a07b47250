import { type Confidential, loginForms, maskForms } from './masks.ts';
import { type ByteRewriter, createTextMasker } from './redact-known.ts';
import { maskShapes } from './redact-stream.ts';

/**
 * Returns a maker of rewriters, one for each stream (a log file), that replace with `***`: everything confidential in all
 * the forms that the host masks, and what looks like a credential whoever it belongs to: passwords in URLs and
 * behind their names, `Authorization`, `Cookie` and `X-…-Token` headers, private keys (PEM), tokens of AWS, GitHub,
 * GitLab, Slack and Keystone, JSON web tokens. Every other byte stays as it is, so that binary files are not harmed;
 * a file that is compressed is not looked into.
 *
 * The time is linear in the bytes. Memory: no more than 128 KiB and the longest form of a secret are held back.
 */
export function createRedactor(confidential: Confidential): () => ByteRewriter {
  const known = createTextMasker([...maskForms(confidential), ...loginForms(confidential)]);
  return () => {
    const [first, second] = [known(), maskShapes()];
    return {
      push: (bytes) => second.push(first.push(bytes)),
      end: () => Buffer.concat([second.push(first.end()), second.end()]),
    };
  };
}

/** Returns a whole text as the rewriter leaves it; the rewriter is used up. */
export function rewriteText(rewriter: ByteRewriter, text: string): string {
  return Buffer.concat([rewriter.push(Buffer.from(text)), rewriter.end()]).toString();
}

export type { ByteRewriter } from './redact-known.ts';
