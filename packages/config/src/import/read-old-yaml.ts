import { readYaml, type YamlDocument } from '../document.ts';
import { invalidConfig } from '../error.ts';
import type { Path } from '../path.ts';
import type { Old, OldMap, Scalar } from './old-tree.ts';

/**
 * Returns a YAML mapping with the places of all that is in it.
 * @throws ConfigError `invalid-config`
 */
export function readOldYaml(text: string, file: string): OldMap {
  const read = readYaml(text);
  if ('problems' in read) throw invalidConfig(file, read.problems);
  const { document } = read;
  const tree = treeOf(document.data, [], document, file);
  if (tree.kind === 'map') return tree;
  const message = 'is no mapping: a file of the old promoter is INI with [main], or a YAML mapping';
  throw invalidConfig(file, [{ line: 1, column: 1, path: '', message }]);
}

function treeOf(value: unknown, path: Path, document: YamlDocument, file: string): Old {
  const key = path.at(-1);
  const position = typeof key === 'string' ? document.positionOfKey(path.slice(0, -1), key) : document.positionOf(path);
  const place = { file, path, ...position };
  const inner = (one: unknown, part: string | number): Old => treeOf(one, [...path, part], document, file);
  if (Array.isArray(value)) return { ...place, kind: 'list', items: value.map(inner) };
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    return {
      ...place,
      kind: 'map',
      entries: new Map(Object.entries(value).map(([one, each]) => [one, inner(each, one)])),
    };
  }
  return { ...place, kind: 'scalar', value: value instanceof Date ? value.toISOString() : ((value ?? null) as Scalar) };
}
