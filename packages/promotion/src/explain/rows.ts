import { onOneLine } from '../diff/words.ts';
import { logLink, plainText } from '../plan/markdown.ts';

/** One thing to say. */
export interface RowLine {
  readonly text: string;
  /** Where more of it is to be read. */
  readonly url?: string | null;
  /** It belongs to the line before. */
  readonly isDetail?: boolean;
}

/** What there is to say of one thing. */
export interface Row {
  readonly key: string;
  readonly lines: readonly RowLine[];
}

/** How keys are coloured; the identity where colours are unwanted. */
export type PaintKey = (key: string) => string;

const width = 80;

/** Returns rows for a terminal: keys in a column of their own, no line wider than 80 columns but for addresses and names. */
export function rowsText(rows: readonly Row[], paint: PaintKey): string {
  const column = Math.max(...rows.map(({ key }) => key.length)) + 2;
  const lines = rows.flatMap(({ key, lines: said }) =>
    said
      .flatMap((line) => linesOf(line, width - column))
      .map((text, index) => `${index === 0 ? paint(key.padEnd(column)) : ' '.repeat(column)}${text}`),
  );
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

function linesOf({ text, url, isDetail }: RowLine, columns: number): readonly string[] {
  const indent = isDetail === true ? '  ' : '';
  const address = url === undefined || url === null ? [] : [onOneLine(url)];
  return [...wrapped(onOneLine(text), columns - indent.length), ...address].map((line) => `${indent}${line}`);
}

/** Returns a text in lines that are no longer than so many columns, if its words are not. */
function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line.trimEnd());
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Returns rows for a job summary, as a Markdown list. Nothing in them is Markdown. */
export function rowsMarkdown(rows: readonly Row[]): string {
  return rows
    .map(({ key, lines }) => {
      const items = lines.map(({ text, url, isDetail }) => {
        const said = `${plainText(text)}${logLink(url ?? null)}`;
        return isDetail === true ? `: ${said}` : `\n  - ${said}`;
      });
      const [only] = lines;
      return lines.length === 1 && only !== undefined
        ? `- **${plainText(key)}**: ${plainText(only.text)}${logLink(only.url ?? null)}`
        : `- **${plainText(key)}**${items.join('')}`;
    })
    .join('\n');
}
