/** What the `tree` of Jenkins' remote access API asks for. */
type Wanted = ReadonlyMap<string, { readonly inner: Wanted | null; readonly count: number | null }>;

/**
 * Returns the members of a value that a tree names, such as `builds[number,actions[parameters[name]]]{0,100}`; of
 * what has no inner tree, all. An object keeps its `_class` only where that is named, unlike a real one.
 * @throws RangeError when it cannot be read
 */
export function pickTree(value: unknown, tree: string): unknown {
  const [wanted, rest] = parse(tree);
  if (rest !== '') throw new RangeError(`tree ${JSON.stringify(tree)} cannot be read from ${JSON.stringify(rest)} on`);
  return pick(value, wanted);
}

function parse(text: string): [Wanted, string] {
  const wanted = new Map<string, { inner: Wanted | null; count: number | null }>();
  let rest = text;
  for (;;) {
    const name = /^\w+/.exec(rest)?.[0];
    if (name === undefined) return [wanted, rest];
    rest = rest.slice(name.length);
    let inner: Wanted | null = null;
    if (rest.startsWith('[')) {
      [inner, rest] = parse(rest.slice(1));
      if (!rest.startsWith(']')) return [wanted, `[${rest}`];
      rest = rest.slice(1);
    }
    const range = /^\{0,(\d+)\}/.exec(rest);
    rest = rest.slice(range?.[0].length ?? 0);
    wanted.set(name, { inner, count: range === null ? null : Number(range[1]) });
    if (!rest.startsWith(',')) return [wanted, rest];
    rest = rest.slice(1);
  }
}

function pick(value: unknown, wanted: Wanted): unknown {
  if (Array.isArray(value)) return value.map((each: unknown) => pick(each, wanted));
  if (typeof value !== 'object' || value === null) return value;
  const members = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    [...wanted].flatMap(([name, { inner, count }]) => {
      const found = members[name];
      if (found === undefined) return [];
      const some = Array.isArray(found) && count !== null ? found.slice(0, count) : found;
      return [[name, inner === null ? some : pick(some, inner)] as const];
    }),
  );
}
