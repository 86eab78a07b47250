import { StringDecoder } from 'node:string_decoder';

// A progress bar or a binary dump may never end its line; nobody reads more than this of one anyway.
const longestLine = 64 * 1024;

/**
 * Returns a function that takes bytes and gives the whole lines that they end, and one that gives the rest. Lines end
 * with `\n` or `\r\n`; one longer than 64 KiB is cut into several.
 */
export function splitLines(): { push(chunk: Buffer): readonly string[]; end(): readonly string[] } {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const cut = (): string[] => {
    const lines: string[] = [];
    while (rest.length > longestLine) {
      lines.push(rest.slice(0, longestLine));
      rest = rest.slice(longestLine);
    }
    return lines;
  };
  return {
    push: (chunk) => {
      const [first = '', ...others] = decoder.write(chunk).split('\n');
      const lines: string[] = [];
      rest += first;
      for (const next of others) {
        lines.push(...cut(), rest.replace(/\r$/, ''));
        rest = next;
      }
      return [...lines, ...cut()];
    },
    end: () => {
      rest += decoder.end();
      return rest === '' ? [] : [...cut(), rest];
    },
  };
}
