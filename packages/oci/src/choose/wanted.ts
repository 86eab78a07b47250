/** A container that belongs to a hash. */
export interface Wanted {
  /** The bare name, such as `heat-api`. */
  readonly name: string;
  /** Where it was named, such as `containers-built.log line 12` or `tripleo_containers.yaml at 3f2a91c0`. */
  readonly why: string;
}

/** A container that was named and is left out. */
export interface Excluded {
  readonly name: string;
  readonly why: string;
}

/** What a list names, before includes and excludes: both sorted, each name once. */
export interface Named {
  readonly wanted: readonly Wanted[];
  /** What the list itself says is no container of ours. */
  readonly excluded: readonly Excluded[];
}

/** Returns the entries sorted by name; of several with one name the first. */
export function oncePerName<Entry extends { readonly name: string }>(entries: readonly Entry[]): readonly Entry[] {
  const first = new Map<string, Entry>();
  for (const entry of entries) if (!first.has(entry.name)) first.set(entry.name, entry);
  return [...first.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
