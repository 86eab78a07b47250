import type { FailureReason } from '../reason.ts';
import type { JobResult, TestReport } from '../results.ts';

/**
 * Returns how a job ended, in lines for people, what matters most first: the worst reason that its logs tell and the
 * first, how it ended itself, its tests and those that failed, how often it was started and where it ran.
 */
export function storyOf(job: JobResult): readonly string[] {
  const { voting, reason, reasons, tests, attempts, runUrl } = job;
  const { first = null, worst = null } = reasons ?? {};
  return [
    ...(voting ? [] : ['non-voting: an informing job, which no promotion waits for']),
    ...(worst === null ? [] : [reasonLine(worst)]),
    ...(first === null || isSame(first, worst) ? [] : [`before that, ${reasonLine(first)}`]),
    ...(reason === null ? [] : [reason]),
    ...(tests === null ? [] : testLines(tests)),
    ...(attempts > 1 ? [`it was started ${attempts} times`] : []),
    ...(runUrl === null ? [] : [`run: ${runUrl}`]),
  ].map((line) => line.replaceAll(/\s*[\r\n]\s*/g, ' '));
}

/**
 * Returns the story as one text of not more than so many bytes, cut at a line.
 * @param mask what each line goes through first
 */
export function notesOf(job: JobResult, maxBytes: number, mask: (text: string) => string): string {
  const more = '(more in the log)';
  const story = storyOf(job).map(mask);
  const kept: string[] = [];
  let room = maxBytes;
  for (const [index, line] of story.entries()) {
    const length = Buffer.byteLength(line) + 1;
    const isLast = index === story.length - 1;
    if (length + (isLast ? 0 : more.length) > room + (isLast ? 1 : 0)) return [...kept, more].join('\n');
    kept.push(line);
    room -= length;
  }
  return kept.join('\n');
}

function reasonLine({ reason, kind, file, line, text, bug }: FailureReason): string {
  return `${kind}: ${reason} (${file}:${line}): ${text}${bug === null ? '' : ` ${bug}`}`;
}

function isSame(first: FailureReason, worst: FailureReason | null): boolean {
  return first.file === worst?.file && first.line === worst.line && first.pattern === worst.pattern;
}

function testLines({ passed, failed, skipped, failures }: TestReport): readonly string[] {
  if (failed === 0) return [`${passed} tests passed${skipped === 0 ? '' : `, ${skipped} skipped`}`];
  const rest = failed - failures.length;
  return [
    `${failed} of ${passed + failed + skipped} tests failed:`,
    ...failures.map(({ test, message }) => `- ${test}${message === '' ? '' : `: ${message}`}`),
    ...(rest > 0 && failures.length > 0 ? [`- and ${rest} more`] : []),
  ];
}
