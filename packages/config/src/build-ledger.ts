import { isPostgresUrl } from './ledger-url.ts';
import { sqlitePath } from './resolve.ts';
import type { LedgerConfig } from './types.ts';

const defaultLedger = 'sqlite:.tagflow/ledger.db';

/** Returns the ledger of a file in `folder`; the URL was checked. */
export function buildLedger(
  { url = defaultLedger, lock }: { readonly url?: string | undefined; readonly lock: LedgerConfig['lock'] },
  folder: string,
): LedgerConfig {
  if (isPostgresUrl(url)) return { url, path: null, lock, explicit: true };
  const path = sqlitePath(url, folder);
  return { url: `sqlite:${path}`, path, lock, explicit: /^sqlite:\//.test(url) };
}
