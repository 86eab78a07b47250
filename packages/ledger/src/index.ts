export { LedgerError, type LedgerErrorCode } from './error.ts';
export { type LedgerReader, openLedgerReader } from './read-ledger.ts';
export { type LedgerEffects, openSqliteLedger } from './sqlite-ledger.ts';
export { type LedgerUrl, openLedger, parseLedgerUrl } from './url.ts';
export { assertLedgerUsable, isThrowAwayRunner, type LedgerSituation } from './usable.ts';
