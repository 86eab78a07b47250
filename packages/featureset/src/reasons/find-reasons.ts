import { messageOf } from '@tagflow/model';
import type { FailureReason, FailureReasons } from '../reason.ts';
import { compilePatterns, type CompiledPatterns, isFor } from './compile.ts';
import type { ReasonPattern } from './pattern.ts';
import { quoteLine } from './quote-line.ts';
import { createLineScanner, type LineScanner } from './scan-lines.ts';
import { textOfLog } from './text-of-log.ts';

/** A file of a job, as its bytes. */
export interface LogFile {
  /** Relative to the job's folder, with slashes. One that ends in `.gz` is unpacked. */
  readonly file: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** How often a pattern matched. */
export interface PatternHits {
  /** Where it did so first. */
  readonly first: FailureReason;
  /** In how many lines, of all files. */
  readonly lines: number;
}

/** What logs tell, and how much of them was read. */
export interface LogReasons extends FailureReasons {
  /** In the order in which they were seen first. */
  readonly hits: readonly PatternHits[];
  readonly files: number;
  /** Unpacked. */
  readonly bytes: number;
  /** Files, or ends of files, that could not be read, with a sentence each. */
  readonly unread: readonly { readonly file: string; readonly why: string }[];
}

export interface FindOptions {
  readonly signal: AbortSignal;
  /** Bytes of a packed file after which it is left: 2 GiB by default. */
  readonly unpackedLimit?: number;
}

/**
 * Returns what logs tell of a failure, in one pass and a fixed amount of memory. Every pattern is matched against every
 * line, invalid UTF-8 in it replaced, without what is behind its first 64 KiB. Time goes with the bytes, whatever they
 * are. A file that cannot be read is no error of this, since a job that failed leaves such files.
 * @throws the signal's reason
 */
export async function findReasons(
  files: AsyncIterable<LogFile> | Iterable<LogFile>,
  patterns: readonly ReasonPattern[],
  { signal, unpackedLimit = 2 * 1024 ** 3 }: FindOptions,
): Promise<LogReasons> {
  const compiled = compilePatterns(patterns);
  const hits = new Map<number, { first: FailureReason; lines: number }>();
  const unread: { file: string; why: string }[] = [];
  let [count, bytes] = [0, 0];
  for await (const { file, bytes: packed } of files) {
    signal.throwIfAborted();
    count += 1;
    const scanner = scannerOf(compiled, file, hits);
    try {
      for await (const chunk of textOfLog(file, packed, unpackedLimit)) {
        signal.throwIfAborted();
        bytes += chunk.length;
        scanner.write(chunk);
      }
    } catch (error) {
      signal.throwIfAborted();
      unread.push({ file, why: messageOf(error) });
    }
    scanner.end();
  }
  const found = [...hits.values()];
  return { ...firstAndWorst(found.map(({ first }) => first)), hits: found, files: count, bytes, unread };
}

/** Returns what looks through one file, and notes in `hits` what it finds, by the numbers of the patterns. */
export function scannerOf(
  { patterns, matchers, search }: CompiledPatterns,
  file: string,
  hits: Map<number, { first: FailureReason; lines: number }>,
): LineScanner {
  const active = patterns.map((pattern) => isFor(pattern, file));
  return createLineScanner(search, patterns.length, (bytes, line, candidates) => {
    let text: string | null = null;
    for (const index of candidates) {
      const pattern = patterns[index];
      if (pattern === undefined || active[index] !== true) continue;
      text ??= bytes.toString('utf8');
      if (matchers[index]?.(text) !== true) continue;
      const known = hits.get(index);
      if (known !== undefined) known.lines += 1;
      else {
        const { name, reason, kind, severity, bug } = pattern;
        const first = { pattern: name, reason, kind, severity, bug, file, line, text: quoteLine(text) };
        hits.set(index, { first, lines: 1 });
      }
    }
  });
}

// Every pattern's first match is enough: the first of all is one of them, and so is the worst.
function firstAndWorst(seen: readonly FailureReason[]): FailureReasons {
  let worst: FailureReason | null = null;
  for (const reason of seen) if (worst === null || weight(reason) > weight(worst)) worst = reason;
  return { first: seen[0] ?? null, worst };
}

// Of the same severity, what the product did is worse than what the infrastructure did.
function weight({ severity, kind }: FailureReason): number {
  return 2 * severity + (kind === 'product' ? 1 : 0);
}
