import { linkedText, plainText } from '../plan/markdown.ts';
import { isSameSet, type SetDiff, type SetName } from './diff-sets.ts';
import { type Row, type Section, sectionsOf } from './rows.ts';
import { onOneLine, summaryOf, width, wrapped } from './words.ts';

/** Returns a difference for a terminal: what there is of everything first, then everything. Ends with a line end. */
export function formatDiffText(diff: SetDiff): string {
  const summary = summaryOf(diff).flatMap(({ part, text }) => wrapped(part.padEnd(11), text));
  const blocks = [
    [...nameLines('from', diff.from), ...nameLines('to', diff.to)],
    isSameSet(diff) ? ['Nothing differs.', ...summary] : summary,
    ...(diff.notes.length === 0 ? [] : [diff.notes.flatMap((note) => wrapped('note:', note))]),
    ...sectionsOf(diff).map(sectionLines),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function nameLines(side: string, { name, fullHash, release, repoUrl }: SetName): readonly string[] {
  const title = name === fullHash ? release : `${onOneLine(name)} (${release})`;
  return [
    `${side.padEnd(6)}${title}`,
    `      ${fullHash}`,
    ...(repoUrl === null ? [] : [`      ${onOneLine(repoUrl)}`]),
  ];
}

function sectionLines({ part, rows }: Section): readonly string[] {
  return [`${part}:`, ...rows.flatMap(rowLines)];
}

/** One line where it fits, else two. */
function rowLines({ mark, name, change, more }: Row): readonly string[] {
  const line = `  ${mark} ${name}${change === '' ? '' : `  ${change}`}`;
  const first = line.length <= width ? [line] : [`  ${mark} ${name}`, ...broken(change)];
  return [...first, ...more.map(({ text, url }) => `      ${text}${url === null ? '' : `  ${onOneLine(url)}`}`)];
}

/** Two long versions stand below each other. */
function broken(change: string): readonly string[] {
  const [from = '', to] = change.split(' → ');
  const isOneLine = to === undefined || change.length + 6 <= width;
  return isOneLine ? [`      ${change}`] : [`      ${from}`, `    → ${to}`];
}

/** Returns a difference in Markdown, as for a job summary or a bug. Nothing in it that others wrote is Markdown. */
export function formatDiffMarkdown(diff: SetDiff): string {
  const { from, to, notes } = diff;
  const title = `### ${plainText(from.name)} → ${plainText(to.name)}`;
  const blocks = [
    [title],
    [`${plainText(from.release)} \`${from.fullHash}\` → ${plainText(to.release)} \`${to.fullHash}\``],
    [
      '| Part | What differs |',
      '| --- | --- |',
      ...summaryOf(diff).map(({ part, text }) => `| ${part} | ${plainText(text)} |`),
    ],
    ...(notes.length === 0 ? [] : [notes.map((note) => `- ${plainText(note)}`)]),
    ...sectionsOf(diff).map(({ part, rows }) => [
      `#### ${part}`,
      '',
      `| | ${part} | change | more |`,
      '| --- | --- | --- | --- |',
      ...rows.map(
        ({ mark, name, change, more }) =>
          `| ${mark === '-' ? '−' : mark} | ${plainText(name)} | ${plainText(change)} | ${more.map(({ text, url }) => linkedText(text, url)).join('<br>')} |`,
      ),
    ]),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
