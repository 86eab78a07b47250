import { formatPath, type Path } from '../path.ts';

export type Scalar = string | number | boolean | null;

/** A value of an old file, with the place where it stands. */
export type Old = OldScalar | OldList | OldMap;

interface Place {
  /** The name of the file. */
  readonly file: string;
  readonly path: Path;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}
export interface OldScalar extends Place {
  readonly kind: 'scalar';
  readonly value: Scalar;
}
export interface OldList extends Place {
  readonly kind: 'list';
  readonly items: readonly Old[];
}
export interface OldMap extends Place {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Old>;
}

/** Returns the value below a mapping, by its keys, or null where there is none. */
export function at(node: Old | null, ...keys: readonly string[]): Old | null {
  return keys.reduce<Old | null>((from, key) => (from?.kind === 'map' ? (from.entries.get(key) ?? null) : null), node);
}

/** Returns all values that have none below them; an empty list or mapping is one. */
export function leavesOf(node: Old): readonly Old[] {
  if (node.kind === 'scalar') return [node];
  const inner = node.kind === 'list' ? node.items : [...node.entries.values()];
  return inner.length === 0 ? [node] : inner.flatMap(leavesOf);
}

/** Returns the text of a scalar, or null where it is none, or says nothing. */
export function textOf(node: Old | null): string | null {
  return node?.kind === 'scalar' && node.value !== null ? String(node.value) : null;
}

export const itemsOf = (node: Old | null): readonly Old[] => (node?.kind === 'list' ? node.items : []);

export const entriesOf = (node: Old | null): readonly (readonly [string, Old])[] =>
  node?.kind === 'map' ? [...node.entries] : [];

export const keyOf = ({ path }: Place): string => formatPath(path);

/** Returns the value as the file has it, on one line. */
export function shown(node: Old): string {
  if (node.kind === 'scalar') return node.value === null ? '' : String(node.value);
  return node.kind === 'list' ? '[]' : '{}';
}
