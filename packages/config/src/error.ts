import { TagflowError } from '@tagflow/model';

export type ConfigErrorCode = 'unreadable' | 'invalid-config' | 'unknown-name';

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

/** A tagflow.yaml cannot be used, or has no such thing. Always `invalid`. */
export class ConfigError extends TagflowError {
  declare readonly code: ConfigErrorCode;
  /** All of them, in the order of the file; empty unless the code is `invalid-config`. */
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
  const sorted = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
  const lines = sorted.map(
    ({ line, column, path, message }) => `${where}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`,
  );
  const count = sorted.length === 1 ? 'one thing is' : `${sorted.length} things are`;
  return new ConfigError('invalid-config', [`${count} wrong in ${where}`, ...lines].join('\n'), {
    problems: sorted,
    next: 'Correct the file; nothing was read from or written to a server.',
  });
}
