/** Every way an action can end, in the words of the `outcome` output. */
export const outcomes = [
  'done',
  'nothing-to-do',
  'planned',
  'failed',
  'invalid',
  'waiting',
  'half-done',
  'blocked',
] as const;

export type Outcome = (typeof outcomes)[number];
/** The outcomes that mean that what was asked for holds. */
export type GoodOutcome = 'done' | 'nothing-to-do' | 'planned';
/** The outcomes that an error can stand for. */
export type FailureOutcome = Exclude<Outcome, GoodOutcome>;

// From what needs nobody to what needs somebody most.
const severity: readonly (Outcome | null)[] = [
  null,
  'planned',
  'nothing-to-do',
  'done',
  'waiting',
  'blocked',
  'failed',
  'invalid',
  'half-done',
];

/** Returns the worse of two outcomes; null is «none yet». */
export function worseOutcome(a: Outcome | null, b: Outcome | null): Outcome | null {
  return severity.indexOf(a) >= severity.indexOf(b) ? a : b;
}

const exitCodes: Readonly<Record<Outcome, number>> = {
  done: 0,
  'nothing-to-do': 0,
  planned: 0,
  failed: 1,
  invalid: 2,
  waiting: 3,
  'half-done': 4,
  blocked: 5,
};

/** Returns the process exit code (0–5) of an outcome. */
export function exitCode(outcome: Outcome): number {
  return exitCodes[outcome];
}

/**
 * Returns the outcome that an exit code of tagflow stands for. Code 0 says only that all was well, so it reads as
 * `done`; a code that tagflow never uses reads as `half-done`, because nobody knows what was written.
 */
export function outcomeOfExitCode(code: number): Outcome {
  return outcomes.find((outcome) => exitCodes[outcome] === code) ?? 'half-done';
}
