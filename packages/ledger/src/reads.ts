import type { Ledger } from '@tagflow/model';
import { selectDebts } from './debts.ts';
import { selectHandOffs } from './hand-offs.ts';
import { versionWithDecisions, versionWithHandOffs } from './migrations.ts';
import { selectPolicy } from './policies.ts';
import { selectAsOf, selectHistory, selectLastVersion, selectUnfinished } from './records.ts';
import type { Read } from './store.ts';
import { selectJobs, selectVerdicts } from './verdicts.ts';

/** What can be asked of a ledger. */
export type LedgerQuestions = Pick<
  Ledger,
  'unfinished' | 'history' | 'asOf' | 'lastVersion' | 'verdictsOn' | 'jobsSeen' | 'policy' | 'debts' | 'handOffs'
>;

/** Returns the questions to a ledger of any version; one that is just being made (0) has seen nothing. */
export function createQuestions(read: Read, version: number): LedgerQuestions {
  const begun = version > 0;
  const decided = version >= versionWithDecisions;
  return {
    unfinished: async (release, label) => (begun ? read((db) => selectUnfinished(db, version, release, label)) : []),
    history: async (release, label, limit) =>
      begun ? read((db) => selectHistory(db, version, release, label, limit)) : [],
    asOf: async (release, at) => (begun ? read((db) => selectAsOf(db, version, release, at)) : []),
    lastVersion: async (release, label) => (begun ? read((db) => selectLastVersion(db, version, release, label)) : 0),
    verdictsOn: async (release, label, hash) => (decided ? read((db) => selectVerdicts(db, release, label, hash)) : []),
    jobsSeen: async (release) => (decided ? read((db) => selectJobs(db, release)) : []),
    policy: async (release) => (decided ? read((db) => selectPolicy(db, release)) : []),
    debts: async (release) => (decided ? read((db) => selectDebts(db, release)) : []),
    handOffs: async (query) => (version >= versionWithHandOffs ? read((db) => selectHandOffs(db, query)) : []),
  };
}
