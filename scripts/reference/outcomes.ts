import { exitCode, type Outcome, outcomes } from '@tagflow/model';
import { outcomeMeanings } from '../../packages/action-kit/src/outcome-words.ts';
import { code, table } from './markdown.ts';

/** Returns the table of all outcomes with their exit codes. */
export function outcomeTable(): string {
  const row = (outcome: Outcome): readonly string[] => [
    `${exitCode(outcome)}`,
    code(outcome),
    outcomeMeanings[outcome],
  ];
  return table(['Exit', '`outcome`', 'Means'], outcomes.map(row));
}
