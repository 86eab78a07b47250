import { printable } from '@tagflow/action-kit';
import type { FailureReason, LogReasons } from '@tagflow/featureset';

/** Returns what logs tell, for a person: first and worst with their lines, then every pattern with its count. */
export function formatReasons({ first, worst, hits, unread }: LogReasons): string {
  const rows = hits.toSorted((a, b) => b.first.severity - a.first.severity || b.lines - a.lines);
  const width = Math.max(0, ...hits.map(({ lines }) => String(lines).length));
  const names = Math.max(0, ...hits.map(({ first: { pattern } }) => pattern.length));
  return [
    ...(first === null ? [] : quote('first', first)),
    ...(worst === null || worst === first ? [] : quote('worst', worst)),
    ...(rows.length === 0 ? [] : ['', 'lines  severity  kind     pattern']),
    ...rows.map(({ lines, first: { severity, kind, pattern, reason, bug } }) =>
      [
        String(lines).padStart(Math.max(5, width)),
        String(severity).padStart(8),
        kind.padEnd(7),
        `${pattern.padEnd(names)}  ${reason}${bug === null ? '' : ` ${bug}`}`,
      ].join('  '),
    ),
    ...unread.map(({ file, why }) => printable(`not read: ${file}: ${why}`)),
    '',
  ].join('\n');
}

function quote(which: string, { reason, kind, file, line, text, bug }: FailureReason): readonly string[] {
  return [`${which}: ${reason} (${kind})${bug === null ? '' : ` ${bug}`}`, `  ${printable(file)}:${line}: ${text}`];
}

/** Returns the same in one sentence. */
export function summarizeReasons({ worst, files, bytes, hits }: LogReasons): string {
  const read = `${files} ${files === 1 ? 'file' : 'files'}, ${(bytes / 1e6).toFixed(1)} MB`;
  if (worst === null) return `no pattern matched in ${read}`;
  const count = `${hits.length} ${hits.length === 1 ? 'pattern' : 'patterns'}`;
  return `${worst.reason} (${worst.kind}, ${printable(worst.file)}:${worst.line}); ${count} matched in ${read}`;
}
