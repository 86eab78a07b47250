import { parseMoment } from '@tagflow/dlrn';
import { type FullHash, isFullHash, type Label, parseLabel } from '@tagflow/model';
import { PromotionError } from '@tagflow/promotion';

/** What a text names: a file, a full hash, a label, or what a label named at a time (milliseconds since 1970). */
export type Operand =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'hash'; readonly hash: FullHash }
  | { readonly kind: 'label'; readonly label: Label; readonly at: number | null };

export const operandForms =
  'a full hash, LABEL, LABEL@DATE (2026-01-31, its end in UTC, or 2026-01-31T12:00:00Z), or the path of a set.json or plan.json';

/**
 * Returns what a text names. A path has a `/` or ends in `.json`.
 * @throws PromotionError `bad-request`
 */
export function parseOperand(text: string): Operand {
  if (text.includes('/') || text.endsWith('.json')) return { kind: 'file', path: text };
  if (isFullHash(text)) return { kind: 'hash', hash: text };
  const at = text.lastIndexOf('@');
  const [name, date] = at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
  const time = date === null ? null : endOf(date);
  if (Number.isNaN(time)) throw refused(text, `"${date}" is no date`);
  try {
    return { kind: 'label', label: parseLabel(name), at: time };
  } catch {
    throw refused(text, 'it is none of what can be named');
  }
}

/**
 * Returns the moment that a text means, in milliseconds since 1970. A day means its end, UTC: what a label named when the
 * day was over. NaN for what is no date.
 */
export function endOf(text: string): number {
  const moment = parseMoment(text);
  if (moment === null) return Number.NaN;
  return text.includes('T') ? moment : moment + 24 * 60 * 60 * 1000 - 1;
}

/** Returns the error of a text that names no set, with all that would. */
export function refused(text: string, why: string): PromotionError {
  return new PromotionError('bad-request', `${JSON.stringify(text.slice(0, 120))}: ${why}`, {
    outcome: 'invalid',
    next: `Give ${operandForms}.`,
  });
}
