import { canonicalJson } from '@tagflow/model';
import { plainText } from '../plan/markdown.ts';
import { hashRows } from './hash-rows.ts';
import { labelRows } from './label-rows.ts';
import { type PaintKey, type Row, rowsMarkdown, rowsText } from './rows.ts';
import type { Explanation, LabelExplanation } from './types.ts';
import { answers } from './words.ts';

/** Returns an explanation for a terminal, a screenful. */
export function formatExplanationText(explained: Explanation, paint: PaintKey = (key) => key): string {
  return `${paint(title(explained))}\n${rowsText(rowsOf(explained), paint)}`;
}

/** Returns an explanation for a job summary, in Markdown. */
export function formatExplanationMarkdown(explained: Explanation): string {
  return `### ${plainText(title(explained))}\n\n${rowsMarkdown(rowsOf(explained))}\n`;
}

/** Returns explanations as canonical JSON: one as an object, several as a list. */
export function formatExplanationJson(explained: Explanation | readonly Explanation[]): string {
  return `${canonicalJson(explained)}\n`;
}

/** Returns some lines of a label, for those who want to know of all of them. */
export function formatExplanationBrief(explained: LabelExplanation, paint: PaintKey = (key) => key): string {
  const brief = new Set(['why', 'since', 'names now', 'who acts']);
  const rows = labelRows(explained).filter(({ key }) => brief.has(key));
  return `${paint(title(explained))}\n${rowsText(rows, paint)}`;
}

function rowsOf(explained: Explanation): readonly Row[] {
  return explained.kind === 'label' ? labelRows(explained) : hashRows(explained);
}

function title(explained: Explanation): string {
  const { release } = explained;
  if (explained.kind === 'hash') return `${explained.fullHash} of ${release}`;
  const { label, component, phase, answer } = explained;
  const of = component === null ? release : `${component}, ${release}`;
  return `${label}: ${answers[answer]}   (${of}; phase ${phase})`;
}
