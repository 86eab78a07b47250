import { Document, isMap, isSeq, visit } from 'yaml';
import type { ReasonPattern } from './pattern.ts';

/** Returns patterns as the pattern file that parsePatterns reads, to be edited. */
export function formatPatterns(patterns: readonly ReasonPattern[]): string {
  const document = new Document(
    patterns.map(({ name, pattern, reason, kind, severity, bug, files }) => ({
      ...{ name, pattern, reason, kind, severity },
      ...(bug === null ? {} : { bug }),
      ...(files === null ? {} : { files }),
    })),
  );
  visit(document, {
    // In single quotes a backslash is a backslash.
    Pair(_, { key, value }) {
      if (isScalarOf(key, 'pattern') && value !== null && typeof value === 'object')
        Object.assign(value, { type: 'QUOTE_SINGLE' });
    },
  });
  if (isSeq(document.contents)) {
    for (const item of document.contents.items.slice(1)) if (isMap(item)) item.spaceBefore = true;
  }
  return document.toString({ lineWidth: 0 });
}

function isScalarOf(node: unknown, text: string): boolean {
  return typeof node === 'object' && node !== null && 'value' in node && node.value === text;
}
