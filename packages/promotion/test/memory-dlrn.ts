import type { FullHash, Label, Vote, VoteResult } from '@tagflow/model';
import type { Candidate, Evidence } from '../src/index.ts';

/** One promotion as DLRN remembers it, also of what it was told to promote once more. */
export interface Row {
  readonly label: string;
  readonly fullHash: FullHash;
  /** Whole seconds since 1970: several rows may share one. */
  readonly at: number;
}

/** A DLRN that remembers truthfully: what every label named and when, what was built and what jobs said of it. */
export interface MemoryDlrn {
  /** Oldest first. */
  readonly rows: readonly Row[];
  readonly evidence: Evidence;
  build(hash: FullHash): void;
  vote(hash: FullHash, result: VoteResult, job?: string): void;
  /** Moves a label, whoever asks: as `dlrnapi repo-promote` does. */
  promote(label: Label, hash: FullHash): void;
  /** Writes down that a label was moved to what it names now. */
  note(label: string): void;
  /** Takes a build away, as `dlrn-purge` does. Its promotions stay. */
  purge(hash: FullHash): void;
}

const candidateOf = (fullHash: FullHash): Candidate => ({ fullHash, builds: [] });

/**
 * @param labels what every label names now: the repository's own pointers
 * @param now milliseconds since 1970
 */
export function createMemoryDlrn(labels: Map<string, string>, now: () => number): MemoryDlrn {
  const rows: Row[] = [];
  const built = new Map<FullHash, number>();
  const votes = new Map<FullHash, Vote[]>();
  const seconds = (): number => Math.floor(now() / 1000);
  const newestFirst = (label: string): readonly Row[] => rows.filter((row) => row.label === label).reverse();
  const first = (label: string, hash: FullHash): Row | undefined =>
    rows.find((row) => row.label === label && row.fullHash === hash);
  const note = (label: string): void => {
    const fullHash = labels.get(label) as FullHash | undefined;
    if (fullHash !== undefined) rows.push({ label, fullHash, at: seconds() });
  };
  return {
    rows,
    note,
    build: (hash) => void built.set(hash, seconds()),
    purge: (hash) => void built.delete(hash),
    promote(label, hash) {
      labels.set(label, hash);
      note(label);
    },
    vote(hash, result, job = 'job') {
      const vote = { job, result, timestamp: seconds(), url: '', notes: null, user: null };
      votes.set(hash, [...(votes.get(hash) ?? []), vote]);
    },
    evidence: {
      place: 'the DLRN of the test',
      votes: (hash) => Promise.resolve(votes.get(hash) ?? []),
      isUnrecorded: (label) => label === 'consistent' || label === 'current',
      candidates(candidate, target, current) {
        const history = newestFirst(candidate);
        const end = history.findIndex(({ fullHash }) => fullHash === current);
        const moved = newestFirst(target)[0]?.at ?? 0;
        const newer = end >= 0 ? history.slice(0, end) : history.filter(({ at }) => current === null || at > moved);
        const known = end >= 0 ? history.slice(0, end + 1) : history;
        return Promise.resolve({
          known: known.map(({ fullHash }) => candidateOf(fullHash)),
          newer: [...new Set(newer.map(({ fullHash }) => fullHash))].map(candidateOf),
        });
      },
      recent: (label) => Promise.resolve(newestFirst(label).map(({ fullHash }) => fullHash)),
      firstNamed: (label, hash) => Promise.resolve(first(label, hash)?.at ?? null),
      namedEarlier(label, hash, than) {
        const [one, other] = [first(label, hash), first(label, than)];
        return Promise.resolve(
          one === undefined || other === undefined ? null : rows.indexOf(one) < rows.indexOf(other),
        );
      },
      namedBefore(label, hash, left) {
        const own = newestFirst(label).map(({ fullHash }) => fullHash);
        const oldest = own.lastIndexOf(hash);
        const older = oldest < 0 ? [] : own.slice(oldest + 1);
        return Promise.resolve(older.find((one) => one !== left) ?? null);
      },
      builtAt: (hash) => Promise.resolve(built.get(hash) ?? null),
      describe: (hash) =>
        built.has(hash)
          ? Promise.resolve({ url: `http://127.0.0.1/${hash}`, builds: [] })
          : Promise.reject(new Error(`there is no build ${hash}`)),
    },
  };
}
