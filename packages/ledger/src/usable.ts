import { isAbsolute } from 'node:path';
import { LedgerError } from './error.ts';
import { parseLedgerUrl } from './url.ts';

export interface LedgerSituation {
  readonly url: string;
  /** What keeps two promotions apart: the ledger's leases, or the CI system (GitHub `concurrency:`, a Zuul semaphore). */
  readonly lock: 'lease' | 'ci';
  /** See {@link isThrowAwayRunner}. */
  readonly throwAwayRunner: boolean;
  /** True when somebody wrote the URL down, false when it is the default. */
  readonly explicit: boolean;
}

/**
 * Tells whether the machine is likely to be thrown away after the job: a CI job, on whatever runner, because even a
 * kept runner may clean its working folder. An explicit absolute path says otherwise.
 */
export function isThrowAwayRunner(env: (name: string) => string | undefined): boolean {
  return ['CI', 'GITHUB_ACTIONS'].some((name) => {
    const value = env(name) ?? '';
    return value !== '' && value !== 'false' && value !== '0';
  });
}

/**
 * Returns when the ledger's leases protect against a second promoter.
 * @throws LedgerError `throw-away-runner` when they cannot: a SQLite file on a machine that nobody shares and that is
 *   gone after the job.
 */
export function assertLedgerUsable(situation: LedgerSituation): void {
  const place = parseLedgerUrl(situation.url);
  if (!situation.throwAwayRunner || situation.lock === 'ci' || place.kind === 'postgres') return;
  if (situation.explicit && isAbsolute(place.path)) return;
  throw new LedgerError(
    'throw-away-runner',
    `ledger ${situation.url} would be gone with this CI machine, so its lease would not keep a second promotion out`,
    {
      outcome: 'invalid',
      next:
        'Let the CI system keep promotions apart (GitHub "concurrency:", a Zuul semaphore) and say so with "lock: ci", ' +
        'or name a ledger that outlives the job: postgres://USER@HOST/DATABASE, or an absolute path such as ' +
        'sqlite:/var/lib/tagflow/ledger.db.',
    },
  );
}
