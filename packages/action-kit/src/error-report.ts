import { type Outcome, TagflowError } from '@tagflow/model';
import { oneLine } from './show-text.ts';

/** What is told of an error: the `error` of the JSON object on stdout. */
export interface ErrorReport {
  readonly code: string;
  readonly message: string;
  /** What the reader does next. */
  readonly next?: string;
  /** One line each, from the nearest cause to the first. */
  readonly causes: readonly string[];
}

/** Returns the report of anything that was thrown; what nobody raised on purpose has the code `unexpected`. */
export function reportError(error: unknown): ErrorReport {
  const causes = causesOf(error);
  if (error instanceof TagflowError) {
    return {
      code: error.code,
      message: error.message,
      ...(error.next === undefined ? {} : { next: error.next }),
      causes,
    };
  }
  return {
    code: 'unexpected',
    message: sentenceOf(error),
    next: 'This looks like a defect of tagflow: run it again with log-level debug, and report what it says.',
    causes,
  };
}

/** Returns the lines that tell a person of an error. `sentences` replace its message, where it is one of several. */
export function errorLines(
  outcome: Outcome,
  report: ErrorReport,
  sentences: readonly string[] = [report.message],
): readonly string[] {
  return [
    ...sentences.map((sentence) => `${outcome}: ${sentence}`),
    ...report.causes.map((cause) => `  because: ${cause}`),
    ...(report.next === undefined ? [] : [`  next: ${report.next}`]),
  ];
}

/** Returns the stacks of an error and of its causes, for the debug log. */
export function stacksOf(error: unknown): string {
  const stacks: string[] = [];
  for (let current = error; current instanceof Error && stacks.length < mostCauses; current = current.cause) {
    stacks.push(current.stack ?? current.message);
  }
  return stacks.join('\ncaused by ');
}

/** A chain that is longer says no more, and one that bites its tail never ends. */
const mostCauses = 10;

function causesOf(error: unknown): readonly string[] {
  const causes: string[] = [];
  const seen = new Set<unknown>([error]);
  const told = [sentenceOf(error)];
  const visit = (current: unknown): void => {
    if (!(current instanceof Error)) return;
    // Node gives an AggregateError where it tried several addresses of one host.
    const parts: unknown[] = [current.cause, ...(current instanceof AggregateError ? current.errors : [])];
    for (const part of parts) {
      if (part === undefined || seen.has(part) || causes.length >= mostCauses) continue;
      seen.add(part);
      const sentence = sentenceOf(part);
      // Who wraps an error often says its words again, and a reader wants to read them once.
      if (!told.some((before) => before.includes(sentence))) {
        causes.push(sentence);
        told.push(sentence);
      }
      visit(part);
    }
  };
  visit(error);
  return causes;
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(String(error));
  if (error.message !== '') return oneLine(error.message);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return code === '' ? error.name : `${error.name} ${code}`;
}
