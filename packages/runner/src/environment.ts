import { RunnerError } from './error.ts';

/** Returns the members that have a value, as an environment wants them. */
export function dropMissing(
  variables: Readonly<Record<string, string | null | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value == null ? [] : [[name, value] as const])),
  );
}

/**
 * Returns the environment that a list of `NAME=value` says.
 * @throws RunnerError `bad-variable`
 */
export function parseVariables(lines: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lines.map((line) => {
      const { name, value } = /^(?<name>[A-Za-z_]\w*)=(?<value>.*)$/s.exec(line)?.groups ?? {};
      if (name === undefined || value === undefined) {
        // The value may be a secret that somebody put in the wrong place.
        const start = line.split('=')[0] ?? '';
        throw new RunnerError('bad-variable', `env "${start.slice(0, 40)}…" is not NAME=value`, { outcome: 'invalid' });
      }
      return [name, value] as const;
    }),
  );
}
