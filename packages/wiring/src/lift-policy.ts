import type { Config } from '@tagflow/config';
import { openLedger } from '@tagflow/ledger';
import type { Clock } from '@tagflow/model';
import { PromotionError } from '@tagflow/promotion';

/** What a ledger is opened with. */
interface LiftEffects {
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * Ends holds and freezes that rollbacks left in the ledger, before their time; a dry run only says whether it could.
 * @param by who, and why, for the record
 * @throws PromotionError `bad-request` for an id that the ledger does not have, with those that it has
 */
export async function liftPolicy(
  config: Config,
  ids: readonly string[],
  by: string,
  { clock, random, dryRun }: LiftEffects & { readonly dryRun: boolean },
): Promise<void> {
  const ledger = await openLedger(config.ledger.url, { clock, random });
  try {
    const known = (await ledger.policy(config.release)).map(({ id }) => id);
    const unknown = ids.filter((id) => !known.includes(id));
    if (unknown.length > 0) {
      const message = `input "lift": the ledger has no ${unknown.join(', ')}; it has: ${known.join(', ') || 'none'}`;
      const next = 'What stands in a file ends when its lines are taken out.';
      throw new PromotionError('bad-request', message, { outcome: 'invalid', next });
    }
    if (!dryRun) await ledger.liftPolicy(ids, by);
  } finally {
    await ledger.close();
  }
}
