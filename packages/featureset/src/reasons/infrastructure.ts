import type { FailureReasons } from '../reason.ts';

/**
 * Returns whether logs tell that the job could not say anything of what it tested, so that it may be run again. That is
 * so where the worst reason is one of the infrastructure, and no mere symptom (severity 2 or 3). Since a reason of the
 * product is the worst of those with the same severity, wherever it was seen, only lesser ones of the product are left
 * then: what follows from a cause. A test that says no has severity 3, so nothing outweighs it.
 */
export function isInfrastructure({ worst }: FailureReasons): boolean {
  return worst !== null && worst.kind === 'infra' && worst.severity >= 2;
}
