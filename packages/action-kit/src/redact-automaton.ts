/**
 * An automaton that finds all of several texts in one pass (Aho and Corasick, 1975). State 0 is the root; states of less
 * depth have smaller numbers, and the children of a state are numbered in a row.
 */
export interface Automaton {
  /** Bytes of the beginning of a text that a state stands for. */
  readonly depth: Int32Array;
  /** Bytes of the longest text that ends at a state; 0 for none. */
  readonly found: Int32Array;
  /** Successors of the first states, 256 each; of the others the children are searched. */
  readonly table: Int32Array;
  readonly rows: number;
  /** Returns the successor of a state that has no row. */
  step(state: number, byte: number): number;
}

// So many states get a row, 4 MiB together; deeper ones are reached by few bytes that are no secret.
const mostRows = 4096;

/** Returns the automaton of some texts, none of them empty. It takes some 25 bytes for each byte of them. */
export function buildAutomaton(texts: readonly Buffer[]): Automaton {
  const { firstChild, sibling, byteOf, ends } = buildTrie(texts);
  const count = firstChild.length;
  /** New number → node of the trie, in the order of their depth. */
  const order = new Int32Array(count);
  const [depth, found, fail, first, bytes] = [0, 1, 2, 3, 4].map(() => new Int32Array(count + 1)) as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];

  const childOf = (state: number, byte: number): number => {
    for (let child = first[state] ?? 0; child < (first[state + 1] ?? 0); child += 1) {
      if (bytes[child] === byte) return child;
    }
    return 0;
  };
  const rows = Math.min(count, mostRows);
  const table = new Int32Array(rows * 256);
  const step = (from: number, byte: number): number => {
    let state = from;
    while (state >= rows) {
      const child = childOf(state, byte);
      if (child !== 0) return child;
      state = fail[state] ?? 0;
    }
    return table[state * 256 + byte] ?? 0;
  };

  // Numbers are given level by level, so that a state's failure is complete before the state is looked at.
  let next = 1;
  for (let state = 0; state < count; state += 1) {
    const node = order[state] ?? 0;
    first[state] = next;
    for (let child = firstChild[node] ?? 0; child !== 0; child = sibling[child] ?? 0) {
      order[next] = child;
      bytes[next] = byteOf[child] ?? 0;
      depth[next] = (depth[state] ?? 0) + 1;
      next += 1;
    }
    first[state + 1] = next;
  }
  for (let state = 0; state < count; state += 1) {
    const failure = fail[state] ?? 0;
    const length = ends[order[state] ?? 0] === 1 ? (depth[state] ?? 0) : 0;
    found[state] = state === 0 ? 0 : Math.max(length, found[failure] ?? 0);
    if (state < rows && state > 0) table.copyWithin(state * 256, failure * 256, failure * 256 + 256);
    for (let child = first[state] ?? 0; child < (first[state + 1] ?? 0); child += 1) {
      const byte = bytes[child] ?? 0;
      if (state > 0) fail[child] = step(failure, byte);
    }
    if (state >= rows) continue;
    for (let child = first[state] ?? 0; child < (first[state + 1] ?? 0); child += 1) {
      table[state * 256 + (bytes[child] ?? 0)] = child;
    }
  }
  return { depth, found, table, rows, step };
}

/** The texts as a tree: nodes that begin alike are one. Node 0 is the root, and stands for «none» elsewhere. */
function buildTrie(texts: readonly Buffer[]) {
  const size = texts.reduce((sum, text) => sum + text.length, 1);
  const [firstChild, sibling] = [new Int32Array(size), new Int32Array(size)];
  const [byteOf, ends] = [new Uint8Array(size), new Uint8Array(size)];
  let used = 1;
  for (const text of texts) {
    let node = 0;
    for (const byte of text) {
      let child = firstChild[node] ?? 0;
      while (child !== 0 && byteOf[child] !== byte) child = sibling[child] ?? 0;
      if (child === 0) {
        child = used;
        used += 1;
        byteOf[child] = byte;
        sibling[child] = firstChild[node] ?? 0;
        firstChild[node] = child;
      }
      node = child;
    }
    ends[node] = 1;
  }
  return { firstChild: firstChild.subarray(0, used), sibling, byteOf, ends };
}
