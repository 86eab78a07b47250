import { RunnerError } from './error.ts';

/**
 * Returns the words of a command line: white space separates, quotes and backslashes keep together as in a POSIX shell,
 * and nothing else has a meaning, because no shell runs.
 * @throws RunnerError `bad-command` for an empty line, an open quote, or an unquoted character that only a shell reads.
 */
export function parseCommandLine(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (char === "'") {
      const end = closing(text, "'", at);
      word = (word ?? '') + text.slice(at + 1, end);
      at = end;
    } else if (char === '"') {
      const end = closing(text, '"', at);
      word = (word ?? '') + text.slice(at + 1, end).replaceAll(/\\(["\\$`])/g, '$1');
      at = end;
    } else if (char === '\\' && at + 1 < text.length) {
      at += 1;
      if (text.charAt(at) !== '\n') word = (word ?? '') + text.charAt(at);
    } else if (/[|&;<>()$`]/.test(char)) {
      throw badCommand(text, noShell(char));
    } else {
      word = (word ?? '') + char;
    }
  }
  if (word !== null) words.push(word);
  if (words.length === 0) throw badCommand(text, 'it is empty');
  return words;
}

function closing(text: string, quote: string, from: number): number {
  for (let at = from + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === quote) return at;
    if (quote !== '"') continue;
    if (char === '\\') at += 1;
    else if (char === '$' || char === '`') throw badCommand(text, noShell(char));
  }
  throw badCommand(text, `a ${quote} is never closed`);
}

function noShell(char: string): string {
  return `no shell reads "${char}"; put it in single quotes, or run sh -c '…'`;
}

function badCommand(text: string, why: string): RunnerError {
  return new RunnerError('bad-command', `command ${JSON.stringify(text)} cannot be used: ${why}`, {
    outcome: 'invalid',
  });
}

/** Returns the words as a line that a POSIX shell, or {@link parseCommandLine}, reads as just these words. */
export function formatCommandLine(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`))
    .join(' ');
}
