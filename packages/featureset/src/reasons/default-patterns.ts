import { infraPatterns } from './infra-patterns.ts';
import type { ReasonPattern } from './pattern.ts';
import { productPatterns } from './product-patterns.ts';
import { servicePatterns } from './service-patterns.ts';

/**
 * The patterns that come along, for jobs of TripleO and RDO of the years 2017 to 2023. Severity 3 is a cause by itself,
 * or a test that says no; 2 is a failure that another may lie behind; 1 is what every failure brings along, and what
 * often passes at a second try. What can be both is called a failure of the product.
 */
export const defaultPatterns: readonly ReasonPattern[] = [...infraPatterns, ...productPatterns, ...servicePatterns];

/** Returns somebody's own patterns before those that come along. Of two with one name the first stays. */
export function withDefaultPatterns(own: readonly ReasonPattern[]): readonly ReasonPattern[] {
  const names = new Set<string>();
  return [...own, ...defaultPatterns].filter(({ name }) => !names.has(name) && names.add(name));
}
