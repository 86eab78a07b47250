/** Returns the text on one line, for annotations and lists of causes. */
export function oneLine(text: string): string {
  return text
    .split(/[\r\n]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
}

/**
 * Returns the text without control characters but tab and line end: what a remote answers must not move the cursor or
 * recolour a person's terminal.
 */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- they are what is taken out
  return text.replace(/\r\n/g, '\n').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}

/**
 * Returns the text, printable, without commands to a CI runner: a line that begins with `::`, or holds `##[`. What a
 * remote answered must not be able to give one, also where a command's output is read by a runner.
 */
export function defused(text: string): string {
  return printable(text)
    .replace(/^([ \t]*):(?=:)/gm, '$1: ')
    .replaceAll('##[', '## [');
}

/** Returns a given value in quotes and on one line, cut to a length that fits a message, without URL credentials. */
export function quoteValue(text: string): string {
  const safe = text
    .slice(0, 10_000)
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/?#\s@]*:[^/?#\s]*@/gi, '$1***@')
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^?#\s]*\?)[^#\s]+/gi, '$1***');
  return JSON.stringify(safe.length > 80 ? `${safe.slice(0, 77)}...` : safe);
}
