import { Document, isMap, isPair, isScalar, isSeq, type Node } from 'yaml';
import type { Path } from '../path.ts';
import type { Look } from './draft.ts';

const order = ['release', 'distro', 'dlrn', 'registries', 'image-stores', 'phases'];
const schemaLine = ' yaml-language-server: $schema=packages/config/tagflow.schema.json';

/** Returns a tagflow.yaml with a comment above each thing that a person has to look at. */
export function writeConfig(data: Readonly<Record<string, unknown>>, looks: readonly Look[], header: string): string {
  const sorted = Object.fromEntries(order.flatMap((key) => (data[key] === undefined ? [] : [[key, data[key]]])));
  const document = new Document(sorted, { aliasDuplicateObjects: false });
  document.commentBefore = `${schemaLine}\n\n ${header}`;
  for (const { path, text } of looks) {
    const node = keyAt(document, path);
    if (node === null) continue;
    const lines = text.split('\n').map((line) => ` ${line}`);
    node.commentBefore = [...(node.commentBefore == null ? [] : [node.commentBefore]), ...lines].join('\n');
  }
  if (isMap(document.contents)) {
    for (const { key } of document.contents.items.slice(2)) if (isScalar(key)) key.spaceBefore = true;
  }
  return document.toString({ lineWidth: 0 });
}

function keyAt(document: Document, path: Path): Node | null {
  const parent: unknown = document.getIn(path.slice(0, -1), true) ?? document.contents;
  if (isSeq(parent)) return (parent.items[Number(path.at(-1))] as Node | undefined) ?? null;
  const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1)) : undefined;
  return isPair(pair) ? (pair.key as Node) : null;
}
