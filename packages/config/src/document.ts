import { messageOf } from '@tagflow/model';
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { Problem } from './error.ts';
import type { Path } from './path.ts';

/** Where something begins, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A YAML text that was read, with the places of its values. */
export interface YamlDocument {
  readonly data: unknown;
  /** Returns where the value at a path begins, or the nearest thing around it that is there. */
  positionOf(path: Path): Position;
  /** Returns where a key of the mapping at a path begins. */
  positionOfKey(path: Path, key: string): Position;
}

/** Returns the document, or what is wrong with its YAML: all of it, not only the first mistake. */
export function readYaml(
  text: string,
): { readonly document: YamlDocument } | { readonly problems: readonly Problem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const position = (offset: number | undefined): Position => {
    const { line, col } = lines.linePos(offset ?? 0);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const mistakes = [...document.errors, ...document.warnings];
  if (mistakes.length > 0) {
    const problems = mistakes.map((mistake) => ({
      ...position(mistake.pos[0]),
      path: '',
      message: `not valid YAML: ${mistake.message}`,
    }));
    return { problems };
  }
  let data: unknown;
  try {
    data = document.toJS();
  } catch (error) {
    // An alias without its anchor, or aliases that multiply beyond reason.
    const message = `not valid YAML: ${messageOf(error)}`;
    return { problems: [{ line: 1, column: 1, path: '', message }] };
  }
  const resolved = (node: unknown): Node | null => {
    const target = isAlias(node) ? node.resolve(document) : node;
    return isNode(target) ? target : null;
  };
  const child = (
    node: Node | null,
    part: string | number,
  ): { readonly key: Node | null; readonly value: Node | null } => {
    if (isSeq(node) && typeof part === 'number') return { key: null, value: resolved(node.items[part]) };
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      return { key: isNode(pair?.key) ? pair.key : null, value: resolved(pair?.value) };
    }
    return { key: null, value: null };
  };
  const nearest = (path: Path): { readonly node: Node | null; readonly start: number } => {
    let node = resolved(document.contents);
    let start = node?.range?.[0] ?? 0;
    for (const part of path) {
      const { key, value } = child(node, part);
      if (key === null && value === null) return { node: null, start };
      // A mapping begins on the line after its key, where nobody looks: point at the key.
      start = (isMap(value) && key !== null ? key.range?.[0] : value?.range?.[0]) ?? key?.range?.[0] ?? start;
      node = value;
    }
    return { node, start };
  };
  return {
    document: {
      data,
      positionOf: (path) => position(nearest(path).start),
      positionOfKey: (path, key) => {
        const { node, start } = nearest(path);
        return position(child(node, key).key?.range?.[0] ?? start);
      },
    },
  };
}
