const longest = 300;

/** Returns a line as it is quoted: without colours, control characters and passwords in URLs, cut to 300 characters. */
export function quoteLine(line: string): string {
  const clean = line
    .slice(0, 8 * longest)
    // eslint-disable-next-line no-control-regex
    .replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '')
    .replaceAll(/(:\/\/)[^\s/@]+@/g, '$1***@')
    .trim();
  return clean.length <= longest ? clean : `${clean.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
