import type { FailureReason } from '../reason.ts';

/** Returns a reason as a part of a sentence: where it was seen, and what it is. */
export function briefly({ file, line, reason }: FailureReason): string {
  return `${file}:${line}: ${reason.replace(/\.$/, '')}`;
}
