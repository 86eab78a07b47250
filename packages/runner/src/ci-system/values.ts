/** Returns the member of something that came as JSON; undefined when it has none, or is no object. */
export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** Returns the elements of a list, none where it is no list. */
export function elements(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

/** Returns the text, or null for anything else. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** Returns the whole number from 0 on, or null for anything else. */
export function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** Returns what a table has for a word of somebody else, or the other value: never what every object has. */
export function ofTable<T>(table: Readonly<Record<string, T>>, word: string, other: T): T {
  return Object.hasOwn(table, word) ? (table[word] ?? other) : other;
}
