import type { Finding, Remedy, Severity } from './finding.ts';

/** A finding of which nothing says yet who mends it. */
export type Found = Omit<Finding, 'label' | 'remedy' | 'todo'> & {
  /** Absent: the repair does. */
  readonly remedy?: Remedy;
  readonly todo?: string;
};

/** Returns a finding that is not about pointers of a destination, unless more is given. */
export function foundOf(
  kind: Finding['kind'],
  severity: Severity,
  sentence: string,
  more: Partial<Found> & Pick<Found, 'seen' | 'expected' | 'source'>,
): Found {
  return { kind, severity, sentence, destination: null, pointers: [], ...more };
}

/** Returns some names, and how many more there are. */
export function few(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}
