import { plainText } from '../plan/markdown.ts';
import type { PolicyReview } from './review.ts';

/** Returns a review for a job summary, as a Markdown table; empty where there is nothing to review. */
export function describePolicyReview(reviews: readonly PolicyReview[]): string {
  if (reviews.length === 0) return '';
  const rows = reviews.map(({ states, sentence }) => `| ${states.join(', ')} | ${plainText(sentence)} |`);
  return ['| state | waiver, hold or freeze |', '| --- | --- |', ...rows].join('\n');
}

/** Returns a review for a terminal, a line for each entry; none of them can be more than a line. */
export function formatPolicyReview(reviews: readonly PolicyReview[]): readonly string[] {
  return reviews.map(
    ({ states, sentence }) =>
      // eslint-disable-next-line no-control-regex -- they are what is taken out
      `${states.join(', ')}: ${sentence.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')}`,
  );
}
