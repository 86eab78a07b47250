/** Texts to look for, each with the number of whom it belongs to. In lower case: the search ignores the case. */
export interface OwnedText {
  readonly text: string;
  readonly owner: number;
}

/**
 * The automaton of Aho and Corasick over bytes: one look-up a byte, however many texts. A state is an offset into
 * `next`; those from `firstHit` on say that texts end here, and `lineBreak`, the last, that a line does.
 */
export interface LiteralSearch {
  /** The column of a byte. */
  readonly column: Uint8Array;
  /** State + column → state. The state at the begin of a line is 0. */
  readonly next: Int32Array;
  readonly firstHit: number;
  readonly lineBreak: number;
  /** Whose texts end at a state, by `(state - firstHit) / width`. */
  readonly owners: readonly (readonly number[])[];
  readonly width: number;
}

interface TrieNode {
  readonly children: Map<number, TrieNode>;
  readonly owners: Set<number>;
  fail: TrieNode | null;
}

/** Returns the search for texts of ASCII characters. */
export function buildLiteralSearch(texts: readonly OwnedText[]): LiteralSearch {
  const column = new Uint8Array(256);
  const lineEnd = 1;
  column[0x0a] = lineEnd;
  column[0x0d] = lineEnd;
  let width = 2;
  const root = createNode();
  for (const { text, owner } of texts) {
    let node = root;
    for (const byte of Buffer.from(text, 'latin1')) {
      const folded = String.fromCharCode(byte);
      if (column[byte] === 0) {
        column[byte] = width;
        column[folded.toUpperCase().charCodeAt(0)] = width;
        width += 1;
      }
      node = childOf(node, column[byte] ?? 0);
    }
    node.owners.add(owner);
  }
  const order = linkFailures(root);
  // Those that hit come last, so that one comparison finds them.
  const numbered = [
    ...order.filter(({ owners }) => owners.size === 0),
    ...order.filter(({ owners }) => owners.size > 0),
  ];
  const offsets = new Map(numbered.map((node, index) => [node, index * width]));
  const lineBreak = numbered.length * width;
  const next = new Int32Array(lineBreak);
  // In the order of their depth: the row of the failure link is there already, and is right but for the children.
  for (const node of order) {
    const row = offsets.get(node) ?? 0;
    if (node.fail !== null) next.copyWithin(row, offsets.get(node.fail) ?? 0, (offsets.get(node.fail) ?? 0) + width);
    for (const [at, child] of node.children) next[row + at] = offsets.get(child) ?? 0;
    next[row + lineEnd] = lineBreak;
  }
  const hits = numbered.filter(({ owners }) => owners.size > 0);
  return {
    ...{ column, next, width, lineBreak },
    firstHit: lineBreak - hits.length * width,
    owners: hits.map(({ owners }) => [...owners]),
  };
}

function createNode(): TrieNode {
  return { children: new Map(), owners: new Set(), fail: null };
}

function childOf(node: TrieNode, column: number): TrieNode {
  const known = node.children.get(column);
  if (known !== undefined) return known;
  const child = createNode();
  node.children.set(column, child);
  return child;
}

// Breadth first. What ends at the failure link ends here too.
function linkFailures(root: TrieNode): readonly TrieNode[] {
  const order = [root];
  for (const node of order) {
    for (const [column, child] of node.children) {
      let fail = node.fail;
      while (fail !== null && !fail.children.has(column)) fail = fail.fail;
      child.fail = fail?.children.get(column) ?? root;
      for (const owner of child.fail.owners) child.owners.add(owner);
      order.push(child);
    }
  }
  return order;
}
