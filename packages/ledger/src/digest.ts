import { createHash } from 'node:crypto';

/** Returns `sha256:` and the hex digest of a text. */
export function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
