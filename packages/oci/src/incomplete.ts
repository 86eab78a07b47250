import { messageOf, TagflowError } from '@tagflow/model';
import { OciError } from './error.ts';
import type { Failure } from './limited.ts';

const shown = 10;

/**
 * Returns one error for the containers that failed out of many: each by name, with its reason, the first ten in full.
 * Its outcome is theirs where all have the same, such as `waiting` when they only have to be tried later.
 */
export function incomplete(
  what: string,
  failures: readonly Failure<{ readonly name: string }>[],
  total: number,
): OciError {
  const lines = failures.slice(0, shown).map(({ item, error }) => `${item.name}: ${messageOf(error)}`);
  if (failures.length > shown) {
    lines.push(
      `and ${failures
        .slice(shown)
        .map(({ item }) => item.name)
        .join(', ')}`,
    );
  }
  const outcomes = new Set(failures.map(({ error }) => (error instanceof TagflowError ? error.outcome : 'failed')));
  const [outcome = 'failed'] = outcomes.size === 1 ? outcomes : [];
  const next = failures.map(({ error }) => (error instanceof TagflowError ? error.next : undefined)).find(Boolean);
  return new OciError('incomplete', `${what}: ${failures.length} of ${total} failed: ${lines.join('; ')}`, {
    cause: failures.length === 1 ? failures[0]?.error : new AggregateError(failures.map(({ error }) => error)),
    outcome,
    next: next ?? 'Run the same command again: what is done already is skipped.',
  });
}
