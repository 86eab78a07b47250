import type { FailureReason } from './reason.ts';
import type { JobResult } from './results.ts';

/** Returns a result whose texts out of logs and reports went through `mask`: others will read them. */
export function maskResult(result: JobResult, mask: (text: string) => string): JobResult {
  const { reason, tail, tests, reasons } = result;
  const maskReason = (one: FailureReason | null): FailureReason | null => one && { ...one, text: mask(one.text) };
  const maskAll = (texts: readonly string[]): readonly string[] =>
    // A secret may have several lines.
    texts.length === 0 ? texts : mask(texts.join('\n')).split('\n');
  return {
    ...result,
    reason: reason && mask(reason),
    tail: maskAll(tail),
    tests: tests && {
      ...tests,
      failures: tests.failures.map(({ test, message }) => ({ test: mask(test), message: mask(message) })),
    },
    reasons: reasons && { first: maskReason(reasons.first), worst: maskReason(reasons.worst) },
  };
}
