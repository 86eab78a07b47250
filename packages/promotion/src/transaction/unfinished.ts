import type { Destination, FullHash, Label, Move } from '@tagflow/model';

/**
 * Returns those of the moves, which change nothing, that a destination carried out only in part and that have to be made
 * once more.
 */
export async function unfinishedMoves(settled: readonly Move[], destination: Destination): Promise<readonly Move[]> {
  if (settled.length === 0 || destination.unfinished === undefined) return [];
  const names = await destination.unfinished(settled.map(({ pointer, to }) => ({ name: pointer, value: to })));
  return settled.filter(({ pointer }) => names.includes(pointer));
}

/** Returns the move that would end what a repository's label, which names the hash, holds only in part; else nothing. */
export function unfinishedLabel(repository: Destination, label: Label, hash: FullHash): Promise<readonly Move[]> {
  const { name, kind } = repository;
  return unfinishedMoves([{ destination: name, kind, label, pointer: label, from: hash, to: hash }], repository);
}
