const longestDescription = 140;

/**
 * Returns a text as GitHub takes it for a description: one line of at most 140 characters, without what cannot be seen,
 * and without those beyond the basic plane, which it refuses in some places.
 */
export function oneLine(text: string, most: number = longestDescription): string {
  const line = text
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .replaceAll(/[\u{10000}-\u{10FFFF}]|\p{Cs}/gu, '?')
    .trim();
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}

/**
 * Returns a text of somebody else as a block of Markdown that shows it as it is: nobody is mentioned by it, nothing is
 * linked, and no comment is begun or ended.
 */
export function fenced(text: string, most = 4000): string {
  const clean = text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\P{Cc}\n\t]|\p{Cf}/gu, '')
    .trim();
  const cut = clean.length <= most ? clean : `${clean.slice(0, most)}\n… (cut off)`;
  const runs = [...cut.matchAll(/`+/g)].map(([run]) => run.length);
  const fence = '`'.repeat(Math.max(2, ...runs) + 1);
  return `${fence}text\n${cut.toWellFormed()}\n${fence}`;
}

/** As {@link fenced}, of a word within a line. */
export function inlineCode(word: string): string {
  const clean = oneLine(word, 200).replaceAll('`', "'");
  return clean === '' ? '–' : `\`${clean}\``;
}

/** Returns a link of Markdown to an address that `URL` has read: it holds neither blanks nor angle brackets. */
export function linkTo(words: string, url: string): string {
  return `[${words}](<${url}>)`;
}

/** Returns a time as people read it, to the minute. */
export function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Returns a time span in whole days, or hours where it is less than two days. */
export function spanOf(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  const [count, unit] = hours < 48 ? [hours, 'hour'] : [Math.floor(hours / 24), 'day'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
