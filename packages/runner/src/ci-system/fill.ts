import { RunnerError } from '../error.ts';
import type { RunRequest } from '../runner.ts';

/**
 * Returns the texts with each `{fact}` replaced by what the request says of it; `{key}` is the key of the run.
 * @throws RunnerError `bad-ci` that names every placeholder that the request has no fact for
 */
export function fillPlaceholders(
  texts: Readonly<Record<string, string>>,
  request: Pick<RunRequest, 'name' | 'key' | 'facts'>,
): Readonly<Record<string, string>> {
  const facts: Readonly<Record<string, string>> = { ...request.facts, key: request.key };
  const missing = new Set<string>();
  const fill = (text: string): string =>
    text.replaceAll(/\{(?<fact>[a-z][a-z-]*)\}/g, (placeholder, fact: string) => {
      if (Object.hasOwn(facts, fact)) return facts[fact] ?? '';
      missing.add(placeholder);
      return placeholder;
    });
  const filled = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, fill(text)]));
  if (missing.size > 0) {
    throw new RunnerError('bad-ci', `${request.name}: nothing is known that ${[...missing].join(', ')} stands for`, {
      outcome: 'invalid',
      next: `Known are ${Object.keys(facts).toSorted().join(', ')}.`,
    });
  }
  return filled;
}
