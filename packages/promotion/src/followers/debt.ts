import {
  type ArtifactSet,
  type Destination,
  type FullHash,
  type Label,
  messageOf,
  type Move,
  TagflowError,
} from '@tagflow/model';
import { labelledHash } from '../plan/plan.ts';
import { readPositions } from '../plan/positions.ts';
import { readSet } from '../plan/read-set.ts';

/** What an optional destination, a follower, lacks of what a label names in the repository. */
export interface Debt {
  readonly destination: string;
  readonly label: Label;
  /** What the label names; null where that could not be read. */
  readonly hash: FullHash | null;
  /** The writes that would pay it; null where nobody could say which. */
  readonly moves: readonly Move[] | null;
  /** How many pointers the label has there; 0 where nobody could say. */
  readonly total: number;
  /** Why it is not paid; null where nobody has tried. */
  readonly why: string | null;
}

/** Returns a debt as one sentence without its full stop: who owes which label, since which hash, how much and why. */
export function formatDebt({ destination, label, hash, moves, total, why }: Debt): string {
  const named = hash ?? 'what it names';
  const because = why === null ? '' : `: ${why.replace(/\s+/g, ' ').replace(/\.$/, '')}`;
  if (moves === null) return `${destination} may owe ${label} → ${named}${because}`;
  const count = `${moves.length} of ${counted(total, moves[0])}`;
  return `${destination} owes ${label}: ${count} are not those of ${named}${because}`;
}

/** Returns a number of pointers in the words of their kind, such as `24 tags`. */
export function counted(count: number, move: Move | undefined): string {
  const noun = move?.kind === 'images' ? 'link' : 'tag';
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Returns what somebody threw has to say, and what it advises to do. */
export function reasonOf(error: unknown): string {
  const next = error instanceof TagflowError && error.next !== undefined ? `. ${error.next}` : '';
  return `${messageOf(error)}${next}`;
}

/**
 * Returns what a destination owes a label, null when it is in order: its pointers are compared with the set of the hash
 * that the repository's label names now. Reads only.
 * @param knowing other places that may know the set, asked as far as they answer; the follower is asked in any case
 * Rejects when the repository could not be read; a follower that could not be read is a debt.
 */
export async function findDebt(
  label: Label,
  repository: Destination,
  follower: Destination,
  knowing: readonly Destination[] = [],
): Promise<Debt | null> {
  const hash = await labelledHash(repository, label);
  if (hash === null) return null;
  try {
    const own = await follower.readSet(hash);
    const others = await Promise.all(knowing.map((place) => place.readSet(hash).catch(() => null)));
    const views = [own, ...others].map((set) => ({ readSet: () => Promise.resolve(set) }));
    return await compare(follower, { label, hash, set: await readSet(views, hash) });
  } catch (error) {
    return unknownDebt(follower, label, hash, reasonOf(error));
  }
}

/** What a label names. */
export interface Named {
  readonly label: Label;
  readonly hash: FullHash;
  /** Null where nobody has published it. */
  readonly set: ArtifactSet | null;
}

/** Returns what a destination owes a label; null when every pointer is as it should be. */
export async function compare(follower: Destination, { label, hash, set }: Named): Promise<Debt | null> {
  if (set === null) {
    const why = `no set.json is published for ${hash}, so nobody can say what belongs to ${label}`;
    return unknownDebt(follower, label, hash, why);
  }
  const positions = await readPositions(follower, label, set);
  const moves = positions.filter(({ from, to }) => from !== to);
  if (moves.length === 0) return null;
  return { destination: follower.name, label, hash, moves, total: positions.length, why: null };
}

/** Returns the debt of a destination of which nobody knows what it lacks. */
export function unknownDebt({ name }: Destination, label: Label, hash: FullHash | null, why: string): Debt {
  return { destination: name, label, hash, moves: null, total: 0, why };
}
