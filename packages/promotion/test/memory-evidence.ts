import type { FullHash, Label, Vote } from '@tagflow/model';
import type { Candidate, Evidence } from '../src/index.ts';

export interface MemoryEvidence {
  /** Which hashes have their one vote, of `job`; others failed. */
  readonly passed: (hash: FullHash) => boolean;
  /** What a label has named, newest first. */
  readonly history: (label: Label) => readonly FullHash[];
  /** When hashes were built. */
  readonly builtAt?: ReadonlyMap<FullHash, number>;
  readonly unrecorded?: readonly string[];
}

const candidateOf = (fullHash: FullHash): Candidate => ({ fullHash, builds: [] });

/** Evidence that is all in memory; a hash has no builds that anybody asks for. */
export function createMemoryEvidence({ passed, history, builtAt, unrecorded = [] }: MemoryEvidence): Evidence {
  const vote = (result: Vote['result']): Vote => ({
    ...{ job: 'job', result, timestamp: 1, url: '', notes: null, user: null },
  });
  return {
    place: 'the test',
    votes: (hash) => Promise.resolve([vote(passed(hash) ? 'success' : 'failure')]),
    isUnrecorded: (label) => unrecorded.includes(label),
    candidates(candidate, _target, current) {
      const known = history(candidate);
      const end = known.findIndex((hash) => hash === current);
      const newer = end < 0 ? known : known.slice(0, end);
      return Promise.resolve({ known: known.map(candidateOf), newer: newer.map(candidateOf) });
    },
    recent: (label) => Promise.resolve(history(label)),
    firstNamed(label, hash) {
      const found = history(label).lastIndexOf(hash);
      return Promise.resolve(found < 0 ? null : history(label).length - found);
    },
    namedEarlier(label, hash, than) {
      const [first, other] = [hash, than].map((one) => history(label).lastIndexOf(one)) as [number, number];
      return Promise.resolve(first < 0 || other < 0 ? null : first > other);
    },
    namedBefore(label, hash, left) {
      const found = history(label).lastIndexOf(hash);
      const older = found < 0 ? [] : history(label).slice(found + 1);
      return Promise.resolve(older.find((one) => one !== left) ?? null);
    },
    builtAt: (hash) => Promise.resolve(builtAt?.get(hash) ?? null),
    describe: (hash) => Promise.resolve({ url: `http://127.0.0.1/${hash}`, builds: [] }),
  };
}
