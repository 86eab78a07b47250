import type { FullHash, HashRange, Label, PolicyEntry } from '@tagflow/model';

/** What a decision is about. */
export interface PolicyScope {
  readonly fullHash: FullHash;
  readonly release: string;
  readonly label: Label;
  /** Whether the hash is of a range; only the caller can have asked about the order of hashes. */
  readonly isInRange: (range: HashRange) => boolean;
}

/** Returns the entries that speak of a hash and a label, in their order; expired ones too. */
export function entriesFor(
  entries: readonly PolicyEntry[],
  { fullHash, release, label, isInRange }: PolicyScope,
): readonly PolicyEntry[] {
  return entries.filter((entry) => {
    if (entry.release !== null && entry.release !== release) return false;
    if (entry.label !== null && entry.label !== label) return false;
    if (entry.kind === 'freeze' || entry.hashes === null) return true;
    return entry.hashes.from === fullHash || entry.hashes.to === fullHash || isInRange(entry.hashes);
  });
}

/**
 * Returns the entries of files and those that rollbacks left in the ledger. What a rollback left may stand in a file as
 * well, put there by whoever wanted to keep it: then the file counts.
 */
export function withLeft(written: readonly PolicyEntry[], left: readonly PolicyEntry[]): readonly PolicyEntry[] {
  const ids = new Set(written.map(({ id }) => id));
  return [...written, ...left.filter(({ id }) => !ids.has(id))];
}
