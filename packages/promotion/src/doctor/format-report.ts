import { onOneLine, width } from '../diff/words.ts';
import { plainText } from '../plan/markdown.ts';
import type { DoctorReport } from './doctor.ts';
import type { Finding } from './finding.ts';

/** Returns a report for a terminal; nothing but addresses and file names is wider than 80 columns. */
export function formatReportText(report: DoctorReport): string {
  const { findings } = report;
  const lines = [...wrapped(headOf(report), '')];
  for (const { severity, kind, destination, sentence, expected, source, todo } of findings) {
    lines.push('', ...wrapped(`${severity}: ${kind}${destination === null ? '' : `, ${destination}`}`, '  '));
    lines.push(...wrapped(sentence, '    '));
    if (!sentence.includes(expected)) lines.push(...wrapped(`expected: ${expected} (${source})`, '    '));
    lines.push(...wrapped(`to do: ${todo}`, '    '));
  }
  return `${lines.join('\n')}\n`;
}

/** Returns a report for a job summary, in Markdown. */
export function formatReportMarkdown(report: DoctorReport): string {
  const items = report.findings.map(
    (finding) =>
      `- **${finding.kind}** (${finding.severity})${placeOf(finding)}: ${plainText(finding.sentence)}. ${plainText(finding.todo)}`,
  );
  return [`### ${plainText(headOf(report))}`, ...(items.length === 0 ? [] : [items.join('\n')])].join('\n\n');
}

function headOf({ label, component, hash, findings, outcome, plan }: DoctorReport): string {
  const of = component === null ? '' : ` of ${component}`;
  const named = `${label}${of} → ${hash ?? 'nothing'}`;
  if (findings.length === 0) return `${named}: ${hash === null ? 'there is no such label' : 'everything agrees'}`;
  const count = `${findings.length} finding${findings.length === 1 ? '' : 's'}`;
  const writes = plan?.moves.filter(({ from, to }) => from !== to).length ?? 0;
  return `${named}: ${count}, ${outcome}${plan === null ? '' : `; a plan repairs it (${writes} write${writes === 1 ? '' : 's'})`}`;
}

function placeOf({ destination }: Finding): string {
  return destination === null ? '' : ` in ${plainText(destination)}`;
}

/** Returns a text in lines with an indent; a word that is longer than a line has one of its own. */
function wrapped(text: string, indent: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of onOneLine(text).split(/\s+/)) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(`${indent}${line}`);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, `${indent}${line}`];
}
