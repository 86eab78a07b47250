import { TagflowError } from '@tagflow/model';

/** What has to be done about an error, where it says so; several may have been joined to one. */
export function debtsOf(error: unknown): readonly string[] {
  if (error instanceof AggregateError) return error.errors.flatMap(debtsOf);
  return error instanceof TagflowError && error.next !== undefined ? [error.next] : [];
}

/** Whether a destination could not say that its part is over or as before. */
export function isHalfDone(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isHalfDone);
  return error instanceof TagflowError && error.outcome === 'half-done';
}

/** Whether the same command may go through later, without anybody doing anything. */
export function isPassing(error: unknown): boolean {
  return error instanceof TagflowError && error.outcome === 'waiting';
}
