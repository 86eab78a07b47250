export { deliver } from './deliver.ts';
export { isStoreError, StoreError, type StoreErrorCode } from './error.ts';
export { openStore, type OpenStoreOptions, storeSchemes } from './open-store.ts';
export { joinPath, nameOf, parentOf, parsePath } from './path.ts';
export { readResuming, type ResumeOptions, skipBytes } from './read-resuming.ts';
export type { SshAccess } from './sftp-connection.ts';
export type { ByteSource, Content, Entry, EntryKind, ReadOptions, Stat, Store } from './store.ts';
