import { buildLedger } from './build-ledger.ts';
import { ConfigError } from './error.ts';
import { complaintAboutLedger } from './ledger-url.ts';
import type { Config } from './types.ts';

/**
 * Returns the configuration with another ledger than its own; a relative path is below the folder of the file, too.
 * @param url as tagflow.yaml writes it; undefined: the ledger stays
 * @throws ConfigError `unknown-name` for what is no ledger
 */
export function withLedger(config: Config, url: string | undefined): Config {
  if (url === undefined) return config;
  const complaint = complaintAboutLedger(url);
  if (complaint !== null) throw new ConfigError('unknown-name', `input "ledger": ${complaint}`);
  return { ...config, ledger: buildLedger({ url, lock: config.ledger.lock }, config.folder) };
}
