import { openReadStore } from './open-ledger.ts';
import { createQuestions, type LedgerQuestions } from './reads.ts';

/** What a ledger remembers, for those who must not write it. */
export interface LedgerReader extends LedgerQuestions {
  close(): Promise<void>;
}

/**
 * Opens the ledger that a URL names for reading, and returns null where there is none: no file, or no table. It is
 * neither made nor brought to a newer schema by being looked at; SQLite may leave its empty `-wal` and `-shm` beside it.
 * @throws LedgerError `bad-url`, `unreadable`, `newer-schema`; of a server `unreachable`, `refused`
 */
export async function openLedgerReader(url: string): Promise<LedgerReader | null> {
  const store = await openReadStore(url);
  if (store === null) return null;
  return { ...createQuestions(store.read, store.version), close: store.close };
}
