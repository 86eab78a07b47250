import { matchesGlob } from 'node:path';
import { requiredLiterals } from './literals.ts';
import { buildLiteralSearch, type LiteralSearch } from './literal-search.ts';
import { createMatcher, type Matcher } from './matcher.ts';
import type { ReasonPattern } from './pattern.ts';
import { parseRegex, RegexMistake } from './regex-syntax.ts';

/** Patterns, ready to be used. They remember what they have seen, so that a second log is faster. */
export interface CompiledPatterns {
  readonly patterns: readonly ReasonPattern[];
  readonly matchers: readonly Matcher[];
  readonly search: LiteralSearch;
}

/**
 * Returns the patterns compiled. Owners of the search are their indexes.
 * @throws RegexMistake
 */
export function compilePatterns(patterns: readonly ReasonPattern[]): CompiledPatterns {
  const compiled = patterns.map(({ pattern }) => compileRegex(pattern));
  const texts = compiled.flatMap(({ literals }, owner) => literals.map((text) => ({ text, owner })));
  return { patterns, matchers: compiled.map(({ matcher }) => matcher), search: buildLiteralSearch(texts) };
}

/**
 * Returns what decides a regular expression, and the texts of which every line that it matches has one.
 * @throws RegexMistake when it cannot be decided in linear time, or has no such text
 */
export function compileRegex(source: string): { readonly matcher: Matcher; readonly literals: readonly string[] } {
  const tree = parseRegex(source);
  const literals = requiredLiterals(tree);
  if (literals === null) {
    throw new RegexMistake(0, 'it has no text of three characters in a row that every match must hold');
  }
  return { matcher: createMatcher(tree), literals };
}

/** Whether a pattern is for a file. A packed file counts as what is in it. */
export function isFor({ files }: ReasonPattern, file: string): boolean {
  if (files === null) return true;
  const plain = file.replace(/\.gz$/, '');
  const subject = (path: string) => (files.includes('/') ? path : path.slice(path.lastIndexOf('/') + 1));
  return matchesGlob(subject(file), files) || matchesGlob(subject(plain), files);
}
