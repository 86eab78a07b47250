import { TagflowError } from '@tagflow/model';

export type ConfigErrorCode = 'unreadable' | 'invalid-config' | 'invalid-policy' | 'unknown-name';

/** One thing that is wrong in a tagflow.yaml. */
export interface Problem {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Such as `phases.upstream.pin.to`; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong and what is allowed, as a sentence. */
  readonly message: string;
}

/** One thing that is wrong in one of several files. */
export interface FileProblem extends Problem {
  readonly file: string;
}

/** A tagflow.yaml or a policy folder cannot be used, or has no such thing. Always `invalid`. */
export class ConfigError extends TagflowError {
  declare readonly code: ConfigErrorCode;
  /** All of them, in the order of the file; empty unless the code is `invalid-config` or `invalid-policy`. */
  readonly problems: readonly Problem[];

  constructor(
    code: ConfigErrorCode,
    message: string,
    facts: { readonly next?: string; readonly cause?: unknown; readonly problems?: readonly Problem[] } = {},
  ) {
    const { problems, ...rest } = facts;
    super(code, message, { outcome: 'invalid', ...rest });
    this.problems = problems ?? [];
  }
}

/** Returns the error that tells every problem at once, each with its place, as `file:line:column: path: sentence`. */
export function invalidConfig(where: string, problems: readonly Problem[]): ConfigError {
  const located = problems.map((problem) => ({ ...problem, file: where }));
  return invalid('invalid-config', where, located, 'Correct the file; nothing was read from or written to a server.');
}

/** As {@link invalidConfig}, of all files of a policy folder. */
export function invalidPolicy(folder: string, problems: readonly FileProblem[]): ConfigError {
  const next = 'Correct the files: while a waiver, hold or freeze cannot be read, nothing is promoted.';
  return invalid('invalid-policy', `policy ${folder}`, problems, next);
}

function invalid(code: ConfigErrorCode, where: string, problems: readonly FileProblem[], next: string): ConfigError {
  const sorted = [...problems].sort(
    (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
  );
  const lines = sorted.map(
    ({ file, line, column, path, message }) => `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`,
  );
  const count = sorted.length === 1 ? 'one thing is' : `${sorted.length} things are`;
  return new ConfigError(code, [`${count} wrong in ${where}`, ...lines].join('\n'), { problems: sorted, next });
}
