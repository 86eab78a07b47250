export type { LedgerEffects } from './effects.ts';
export { LedgerError, type LedgerErrorCode } from './error.ts';
export { exportLedger } from './export.ts';
export { type ImportReport, importLedger } from './import.ts';
export { openLedger, openSqliteLedger } from './open-ledger.ts';
export { type LedgerReader, openLedgerReader } from './read-ledger.ts';
export { type LedgerUrl, parseLedgerUrl } from './url.ts';
export { assertLedgerUsable, isThrowAwayRunner, type LedgerSituation } from './usable.ts';
export { ledgerErrorWords } from './error-words.ts';
