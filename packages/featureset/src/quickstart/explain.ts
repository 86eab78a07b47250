import { FeaturesetError } from '../error.ts';
import type { Composition } from './compose.ts';

/** Returns what variables are in a job and what every file says of them, for people; the last saying counts. */
export function explainVariables(composition: Composition, names: readonly string[]): string {
  return names
    .flatMap((name) => [
      `${name}: ${valueText(composition, name)}`,
      ...composition.explain(name).map(({ kind, from, value }) => `  ${kind}, ${from}: ${JSON.stringify(value)}`),
    ])
    .join('\n');
}

function valueText(composition: Composition, name: string): string {
  try {
    const value = composition.value(name);
    return value === undefined ? 'not set' : JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof FeaturesetError)) throw error;
    return `not known before the job runs: ${error.message}`;
  }
}
