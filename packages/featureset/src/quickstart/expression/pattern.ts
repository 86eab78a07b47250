import { FeaturesetError } from '../../error.ts';

const longestPattern = 200;
const longestSubject = 512;
const mostQuantifiers = 2;

/**
 * Returns a regular expression that cannot take long: short, without back references, look-around and repeated groups,
 * and with two quantifiers at most, so that 512 characters cost some million steps at the worst.
 * @throws FeaturesetError `bad-expression`
 */
export function safePattern(pattern: string, subject: string, flags = 'u'): RegExp {
  const problem = problemOf(pattern, subject);
  if (problem !== null) {
    const next = 'Patterns of files that somebody else wrote may not take long; write it more simply.';
    throw new FeaturesetError('bad-expression', `the pattern ${JSON.stringify(pattern.slice(0, 80))} ${problem}`, {
      next,
    });
  }
  try {
    return new RegExp(pattern, flags);
  } catch (error) {
    throw new FeaturesetError('bad-expression', `the pattern ${JSON.stringify(pattern)} cannot be read`, {
      cause: error,
    });
  }
}

function problemOf(pattern: string, subject: string): string | null {
  if (pattern.length > longestPattern) return `has more than ${longestPattern} characters`;
  if (subject.length > longestSubject) return `is for a text of more than ${longestSubject} characters`;
  // Classes and escapes hold characters that mean nothing else there.
  const bare = pattern.replace(/\\[^1-9k]/gu, 'x').replace(/\[\^?\]?[^\]]*\]/gu, 'x');
  if (/\\[1-9k]/u.test(bare)) return 'has a back reference';
  if (/\(\?(?!:)/u.test(bare)) return 'has a group of a kind that is not known';
  if (/\)[*+?{]/u.test(bare)) return 'repeats a group';
  const quantifiers = bare.match(/[*+]|\{\d+,?\d*\}|(?<![*+?}(])\?/gu)?.length ?? 0;
  return quantifiers > mostQuantifiers ? `has more than ${mostQuantifiers} quantifiers` : null;
}

/** Returns the text with every match replaced; `\1` in the replacement is a group, as in Python. */
export function replacePattern(text: string, pattern: string, replacement: string): string {
  const found = safePattern(pattern, text, 'gu');
  return text.replace(found, (match: string, ...groups: readonly unknown[]) =>
    replacement.replace(/\\(\d)/gu, (_, digit: string) => {
      const group = digit === '0' ? match : groups[Number(digit) - 1];
      return typeof group === 'string' ? group : '';
    }),
  );
}
