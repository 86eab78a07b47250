import { findReasons, type FindOptions, type LogReasons, type ReasonPattern } from '../src/index.ts';

/** Returns a pattern that matters only by its expression. */
export function pattern(regex: string, facts: Partial<ReasonPattern> = {}): ReasonPattern {
  return {
    name: regex,
    pattern: regex,
    reason: 'It failed.',
    kind: 'infra',
    severity: 2,
    bug: null,
    files: null,
    ...facts,
  };
}

/** Returns bytes in pieces of a size. */
export async function* pieces(bytes: Uint8Array, size = bytes.length): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Returns what the text of one file tells. */
export async function reasonsIn(
  text: string | Uint8Array,
  patterns: readonly ReasonPattern[],
  { file = 'job.log', size, ...options }: Partial<FindOptions> & { file?: string; size?: number } = {},
): Promise<LogReasons> {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const files = [{ file, bytes: pieces(bytes, size) }];
  return findReasons(files, patterns, { signal: new AbortController().signal, ...options });
}
