/** What became of a list whose entries have a key. Sorted by key, each key once. */
export interface Changes<Entry, Change> {
  readonly added: readonly Entry[];
  readonly removed: readonly Entry[];
  readonly changed: readonly Change[];
  /** How many entries are the same. */
  readonly same: number;
}

/** Both sides of an entry that changed. */
export interface FromTo<Entry> {
  readonly from: Entry;
  readonly to: Entry;
}

/**
 * Returns what became of a list, entry by entry, whatever their order.
 * @param isSame whether two entries of one key are the same
 * @param change returns what to say of those that are not
 */
export function diffKeyed<Entry, Change>(
  from: readonly Entry[],
  to: readonly Entry[],
  keyOf: (entry: Entry) => string,
  isSame: (from: Entry, to: Entry) => boolean,
  change: (from: Entry, to: Entry) => Change,
): Changes<Entry, Change> {
  const [before, after] = [byKey(from, keyOf), byKey(to, keyOf)];
  const both = [...before].flatMap(([key, entry]) => {
    const now = after.get(key);
    return now === undefined ? [] : [[entry, now] as const];
  });
  const changed = both.filter(([one, other]) => !isSame(one, other));
  return {
    added: [...after].filter(([key]) => !before.has(key)).map(([, entry]) => entry),
    removed: [...before].filter(([key]) => !after.has(key)).map(([, entry]) => entry),
    changed: changed.map(([one, other]) => change(one, other)),
    same: both.length - changed.length,
  };
}

/** As {@link diffKeyed}, of texts that are their own keys. */
export function diffTexts(
  from: readonly string[],
  to: readonly string[],
): Pick<Changes<string, never>, 'added' | 'removed'> {
  const { added, removed } = diffKeyed(
    from,
    to,
    (text) => text,
    () => true,
    () => null,
  );
  return { added, removed };
}

/** Tells whether nothing became of a list. */
export function isUnchanged({ added, removed, changed = [] }: Partial<Changes<unknown, unknown>>): boolean {
  return [added, removed, changed].every((list) => (list ?? []).length === 0);
}

function byKey<Entry>(entries: readonly Entry[], keyOf: (entry: Entry) => string): ReadonlyMap<string, Entry> {
  const sorted = entries.map((entry) => [keyOf(entry), entry] as const);
  return new Map(sorted.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
