import { canonicalJson, type Outcome } from '@tagflow/model';
import type { DestinationReport, PushReport } from './push-job.ts';

/** Returns the report as a file for machines: which containers, why, and what each destination has of them. */
export function formatPush(report: PushReport): string {
  const { set: _set, ...rest } = report;
  return `${canonicalJson({ schema: 'tagflow/containers/v1', ...rest })}\n`;
}

/** Returns how it ended: with an open debt nothing is over, and a set that was published is something done. */
export function outcomeOf({ destinations }: PushReport, dryRun: boolean): Outcome {
  const isDone = (one: DestinationReport): boolean =>
    one.copied.length + one.tagged + one.signatures > 0 || one.hasPublished;
  if (destinations.some(isDone)) return dryRun ? 'planned' : 'done';
  return destinations.some(({ debt }) => debt !== null) ? 'waiting' : 'nothing-to-do';
}

/** Returns what was done, in one sentence. */
export function describePush({ destinations, containers }: PushReport, dryRun: boolean): string {
  const parts = destinations.map((one) => {
    if (one.debt !== null) return one.debt;
    const copied = dryRun ? 'would be copied' : 'copied';
    const tags = one.tagged === 0 ? '' : `, ${counted(one.tagged, 'tag')} ${dryRun ? 'would be written' : 'written'}`;
    const signed = one.signatures === 0 ? '' : `, ${one.signatures} signatures and attestations`;
    return `${one.place}: ${one.copied.length} ${copied}, ${one.present.length} there already${tags}${signed}`;
  });
  return `${counted(containers.length, 'container')}; ${parts.join('; ')}`;
}

/** Returns what was done as Markdown: a table of the destinations, and what was left out and why. */
export function summarizePush(report: PushReport, dryRun: boolean): string {
  const { containers, excluded, warnings, destinations } = report;
  const head = dryRun
    ? '| Destination | Would be copied | There | Tags | |\n| --- | --: | --: | --: | --- |\n'
    : '| Destination | Copied | There | Tags | Sent | Saved | |\n| --- | --: | --: | --: | --: | --: | --- |\n';
  const row = (one: DestinationReport): string => {
    const bytes = dryRun ? [] : [megabytes(one.bytesMoved), megabytes(one.bytesSaved)];
    const counts = [one.copied.length, one.present.length, one.tagged];
    const cells = [one.place, ...counts, ...bytes, cell(one.debt ?? (one.isOptional ? 'optional' : ''))];
    return `| ${cells.join(' | ')} |\n`;
  };
  const list = (title: string, lines: readonly string[]): string =>
    lines.length === 0 ? '' : `\n${title}:\n\n${lines.map((line) => `- ${line}\n`).join('')}`;
  return (
    `${counted(containers.length, 'container')} of \`${report.fullHash}\` from ${report.source}.\n\n` +
    head +
    destinations.map(row).join('') +
    list(
      'Left out',
      excluded.map(({ name, why }) => `${name}: ${why}`),
    ) +
    list('Warnings', warnings) +
    list(
      'What would be written',
      destinations.flatMap((one) => one.writes),
    )
  );
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|');
}
