import type { Difference } from './compare.ts';
import type { Question } from './question.ts';

/** In what the two servers of one variant differed. */
export interface Found {
  readonly variant: string;
  readonly differences: readonly Difference[];
}

/** A difference that is meant to be. */
export interface Accepted {
  /** The question's name. */
  readonly question: string;
  readonly field: Difference['field'];
  readonly why: string;
}

/**
 * Returns a text for each difference that nobody has accepted, and for each accepted one that did not occur; what is
 * the same in several variants once.
 */
export function judge(question: Question, found: readonly Found[], accepted: readonly Accepted[]): readonly string[] {
  const allowed = accepted.filter((each) => each.question === question.name).map(({ field }) => field);
  const where = new Map<string, string[]>();
  for (const { variant, differences } of found) {
    const unmet = allowed.filter((field) => !differences.some((difference) => difference.field === field));
    const texts = [
      ...differences.filter(({ field }) => !allowed.includes(field)).map(describe),
      ...unmet.map((field) => `${field} no longer differs: take it out of accepted.ts`),
    ];
    for (const text of texts) where.set(text, [...(where.get(text) ?? []), variant]);
  }
  return [...where].map(([text, variants]) => `${text}\n  (${variants.join('; ')})`);
}

function describe({ field, real, lab }: Difference): string {
  const from = firstDifference(real, lab);
  const show = (text: string): string => JSON.stringify(excerpt(text, from));
  return `${field}\n  DLRN ${show(real)}\n  lab  ${show(lab)}`;
}

function firstDifference(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return at;
}

// Bodies and files are long, and differ somewhere in the middle.
function excerpt(text: string, from: number): string {
  const [before, after] = [120, 240];
  const start = from > before ? from - before : 0;
  const end = Math.min(text.length, from + after);
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`;
}
